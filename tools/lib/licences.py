"""The licences of the libraries in the image, as SPDX has them (for tools/image)."""

import re

# By Debian's source package: the licence of the library itself. Debian's copyright files cover whole sources,
# with build systems, tests and documentation, and name licences by other words.
OF_SOURCE = {
    "actor-framework": "BSD-3-Clause",
    "boost1.81": "BSL-1.0",
    "boost1.83": "BSL-1.0",
    "brotli": "MIT",
    "ca-certificates": "MPL-2.0 AND GPL-2.0-or-later",
    "curl": "curl",
    "fmtlib": "MIT",
    "gcc-12": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "gcc-14": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "glibc": "LGPL-2.1-or-later",
    "gmp": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "gnutls28": "LGPL-2.1-or-later",
    "keyutils": "LGPL-2.0-or-later",
    "libffi": "MIT",
    "libidn2": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libpsl": "MIT",
    "libssh2": "BSD-3-Clause",
    "libtasn1-6": "LGPL-2.1-or-later",
    "libunistring": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libyaml-cpp": "MIT",
    "libzstd": "BSD-3-Clause OR GPL-2.0-only",
    "nettle": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "nghttp2": "MIT",
    "nghttp3": "MIT",
    "ngtcp2": "MIT",
    "openldap": "OLDAP-2.8",
    "openssl": "Apache-2.0",
    "p11-kit": "BSD-3-Clause",
    "rtmpdump": "LGPL-2.1-or-later",
    "spdlog": "MIT",
    "yaml-cpp": "MIT",
    "zlib": "Zlib",
}


def licence_of(source, copyright_text):
    """(the field licenseDeclared, the extracted licence that it refers to or None). What has no short name, or is not
    in the table, is declared by its whole text."""
    if source in OF_SOURCE:
        return OF_SOURCE[source], None
    if not copyright_text:
        return "NOASSERTION", None
    identity = "LicenseRef-Debian-" + re.sub(r"[^A-Za-z0-9.-]", "-", source)
    return identity, {"licenseId": identity, "name": f"copyright of Debian's {source}",
                      "extractedText": copyright_text}
