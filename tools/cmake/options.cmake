# Compiler settings that hold everywhere, and the two helpers with which targets are declared.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# In our presets. Elsewhere a compiler that is newer than these sources may warn of more.
option(ACR_WARNINGS_AS_ERRORS "Treat warnings as errors" OFF)

option(ACR_SANITIZE "Build with the address and undefined-behaviour sanitizers" OFF)

option(ACR_SANITIZE_THREADS "Build the tests with threads of their own with the thread sanitizer" OFF)

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(CCACHE ccache)
  if(CCACHE)
    # Relative paths: another clone finds the same results.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE}")
  endif()
endif()

add_compile_options(
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  $<$<BOOL:${ACR_WARNINGS_AS_ERRORS}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wreserved-identifier) # what clang-tidy would take a tenth of its time for
endif()
if(CMAKE_UNITY_BUILD)
  # Of files that are joined, which says nothing.
  add_compile_options(-Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
add_link_options(-Wl,--as-needed)

# What is shipped makes a mistake in memory hard to use; tests/e2e/test_hardening.py reads it off the
# program. Not in debug builds: _FORTIFY_SOURCE needs an optimiser, and the sanitizers see more.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fPIE -fstack-protector-strong -fstack-clash-protection
                      -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64)$")
    add_compile_options(-fcf-protection=full)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    add_compile_options(-mbranch-protection=standard)
  endif()
  add_link_options(-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()

if(ACR_SANITIZE)
  # function: CAF and Boost.Test call through casts that clang's check does not know.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_link_options(-fsanitize=fuzzer-no-link)
    set(ACR_FUZZ ON)
  endif()
endif()

# Counts what is reached, in what the fuzzers of tests/fuzz call: elsewhere it would cost the compiler a tenth of
# its time for nothing.
function(acr_fuzzed)
  if(ACR_FUZZ)
    foreach(target ${ARGN})
      target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    endforeach()
  endif()
endfunction()

if(ACR_SANITIZE_THREADS)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()

# For what runs seldom and is large: command lines, pages. It would be a fifth of the program.
# (A source with options of its own is not joined with others in a unity build.)
function(acr_small)
  if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT CMAKE_UNITY_BUILD)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "-Os")
  endif()
endfunction()

# Declares the library of one top-level folder as acr::<folder>: every .cpp below it.
# GLOB with CONFIGURE_DEPENDS: a new file in the right folder is all that a change needs.
function(acr_library folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "_main\\.cpp$")
  if(sources)
    add_library(acr_${folder} STATIC ${sources})
    target_include_directories(acr_${folder} PUBLIC "${CMAKE_SOURCE_DIR}")
    target_link_libraries(acr_${folder} PUBLIC ${ARGN})
  else()
    add_library(acr_${folder} INTERFACE)
    target_include_directories(acr_${folder} INTERFACE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(acr_${folder} INTERFACE ${ARGN})
  endif()
  add_library(acr::${folder} ALIAS acr_${folder})
endfunction()
