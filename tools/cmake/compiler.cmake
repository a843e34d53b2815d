# The compiler of a preset, by the name that the release of Debian has for it: `ACR_COMPILER` is gcc
# or clang. A toolchain file, since it has to be known before the project's own files are read.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ACR_COMPILER)
if(ACR_COMPILER STREQUAL "clang")
  find_program(ACR_CXX NAMES clang++-14 clang++-19 REQUIRED)
else()
  find_program(ACR_CXX NAMES g++-12 g++-14 REQUIRED)
endif()
set(CMAKE_CXX_COMPILER "${ACR_CXX}")
mark_as_advanced(ACR_CXX)
