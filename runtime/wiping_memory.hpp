/// Memory for libraries that put secrets together in buffers of their own: overwritten before it is
/// freed, so that what they are done with is gone.
#pragma once

namespace acr {

/// `std::free`, once all of the block is overwritten.
void wiping_free(void* memory) noexcept;

/// Begins libcurl for the process, once, with such memory: its buffers hold whole requests and
/// answers. Thread-safe. False: it cannot begin.
bool begin_curl();

/// The same for OpenSSL, whose buffers hold what was encrypted and decrypted. Before anything else
/// uses it; false: it is in use already, and goes on as it is.
bool wipe_what_openssl_frees();

} // namespace acr
