# SPDX-License-Identifier: MIT OR Apache-2.0
"""Programs that hold other cryptographic libraries beside sotto's: OpenSSL, curl and libsrtp2 in one
process, before sotto loads its backend and after, plain and under the sanitizers.

check_consumers.py builds and runs them, and names among the skipped each library that is not installed.
"""
import ctypes.util
import re
import subprocess

# What each library needs to be linked, and a header of it. curl is loaded at run time.
LINKED = {"OpenSSL": ("crypto", "openssl/evp.h", ["-DWITH_OPENSSL", "-lssl", "-lcrypto"]),
          "libsrtp2": ("srtp2", "srtp2/srtp.h", ["-DWITH_SRTP", "-lsrtp2"])}
SANITIZERS = {"plain": [], "ASan": ["-fsanitize=address,undefined"], "TSan": ["-fsanitize=thread"]}

# The program of examples/embed.cpp runs as `embed` in the main thread and in another, whose end runs
# what the libraries left with it. The others go on giving their right answers in between.
SOURCE = r"""
#include <cstdlib>
#include <cstring>
#include <thread>

#include <dlfcn.h>
#ifdef WITH_OPENSSL
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#endif
#ifdef WITH_SRTP
#include <srtp2/srtp.h>
#endif
static void check(bool good, const char* what) {
  if (good) return;
  std::printf("wrong: %s\n", what);
  std::exit(1);
}

static void others() {
#ifdef WITH_OPENSSL
  unsigned char digest[32], out[32], drawn[16];
  unsigned size = 0;
  check(EVP_Digest("abc", 3, digest, &size, EVP_sha256(), nullptr) == 1 && digest[0] == 0xba &&
        digest[31] == 0xad, "OpenSSL's SHA-256");
  EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
  const unsigned char zeros[32] = {};
  int written = 0;
  check(EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nullptr, zeros, zeros) == 1 &&
        EVP_EncryptUpdate(cipher, out, &written, zeros, 16) == 1 && written == 16 &&
        out[0] == 0xce && out[15] == 0x18, "OpenSSL's AES-256-GCM");
  EVP_CIPHER_CTX_free(cipher);
  SSL_CTX* tls = SSL_CTX_new(TLS_client_method());
  check(tls != nullptr && RAND_bytes(drawn, sizeof drawn) == 1, "OpenSSL's TLS");
  SSL_CTX_free(tls);
#endif
#ifdef WITH_SRTP
  static const bool begun = srtp_init() == srtp_err_status_ok;
  unsigned char key[30] = {1};
  srtp_policy_t policy{};
  srtp_crypto_policy_set_rtp_default(&policy.rtp);
  srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
  policy.ssrc.type = ssrc_any_outbound;
  policy.key = key;
  srtp_t stream = nullptr;
  unsigned char packet[64] = {0x80, 0, 0, 1};
  int bytes = 20;
  check(begun && srtp_create(&stream, &policy) == srtp_err_status_ok &&
        srtp_protect(stream, packet, &bytes) == srtp_err_status_ok && bytes == 30, "libsrtp2");
  srtp_dealloc(stream);
#endif
  if (void* curl = dlopen(WITH_CURL, RTLD_NOW | RTLD_GLOBAL)) {
    const auto init = reinterpret_cast<int (*)(long)>(dlsym(curl, "curl_global_init"));
    const auto version = reinterpret_cast<const char* (*)()>(dlsym(curl, "curl_version"));
    check(init(3) == 0 && std::strstr(version(), "curl") != nullptr, "curl");
  } else {
    check(WITH_CURL[0] == '-', "curl is not loaded");
  }
}

int main() {
  others();
  check(sotto::check_backend().has_value(), "the backend");
  std::thread([] { check(embed() == 0, "sotto in a thread"); }).join();
  others();
  return embed();
}
"""


def found_with(compiler, header):
    done = subprocess.run([compiler, "-E", "-x", "c++", "-", "-o", "/dev/null"],
                          input=f"#include <{header}>\n", text=True, capture_output=True)
    return done.returncode == 0


def neighbours(compiler):
    """The options that bring the installed ones, and the names of those that are missing."""
    options, missing = ["-Wl,--no-as-needed"], []
    for name, (library, header, brings) in LINKED.items():
        if found_with(compiler, header) and ctypes.util.find_library(library):
            options += brings
        else:
            missing.append(name)
    curl = ctypes.util.find_library("curl")
    if not curl:
        missing.append("curl")
    return [*options, f'-DWITH_CURL="{curl or "-"}"'], missing


def source(hello):
    """The program, around the text of examples/embed.cpp."""
    embed = re.sub(r"\}\s*$", "  return 0;\n}\n", hello.replace("int main()", "int embed()"))
    return embed + SOURCE


def left_out(compilers):
    for compiler in compilers:
        for name in neighbours(compiler)[1]:
            yield f"{name} beside the library, {compiler}: not installed"


def programs(compilers, hello):
    """Each: a name, the compiler, its options, the source."""
    text = source(hello)
    for compiler in compilers:
        options, _ = neighbours(compiler)
        for name, sanitize in SANITIZERS.items():
            yield (f"beside other libraries, {name}, {compiler}", compiler,
                   ["-O1", *sanitize, *options], text)
