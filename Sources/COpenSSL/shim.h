#pragma once

#if !__has_include(<openssl/ssl.h>)
#error "OpenSSL's headers are missing. Install them with: apt-get install libssl-dev"
#endif

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Swift imports no function-like macros: the few that are needed become functions here.

static inline EVP_PKEY *pf_generate_p256(void) { return EVP_EC_gen("P-256"); }

static inline EVP_PKEY *pf_generate_ed25519(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }
