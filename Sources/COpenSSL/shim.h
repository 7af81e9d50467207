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
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Swift imports no function-like and no compound macros: the few that are needed become functions here.

static inline int pf_error_reason(unsigned long code) { return ERR_GET_REASON(code); }

// Keys

static inline EVP_PKEY *pf_generate_p256(void) { return EVP_EC_gen("P-256"); }

static inline EVP_PKEY *pf_generate_ed25519(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }

// HKDF with SHA-256 (RFC 5869) without a salt. Answers 1 on success.
static inline int pf_hkdf_sha256(
    const unsigned char *secret, size_t secret_size, const unsigned char *info, size_t info_size, unsigned char *out,
    size_t out_size) {
  EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
  EVP_KDF_CTX *context = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
  int done = 0;
  if (context != NULL) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret, secret_size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_size),
        OSSL_PARAM_construct_end(),
    };
    done = EVP_KDF_derive(context, out, out_size, parameters) == 1;
  }
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  return done;
}

// Certificates

static inline int pf_print_name(BIO *out, const X509_NAME *name) {
  return X509_NAME_print_ex(out, name, 0, XN_FLAG_ONELINE);
}

// Adds an X.509 v3 extension written in OpenSSL's own notation. Answers 1 on success.
static inline int pf_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, (char *)value);
  if (extension == NULL) { return 0; }
  int done = X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  return done;
}

static inline int pf_certificate_count(const STACK_OF(X509) *chain) { return sk_X509_num(chain); }

static inline X509 *pf_certificate_at(const STACK_OF(X509) *chain, int index) { return sk_X509_value(chain, index); }

// TLS

// TLS 1.3 and nothing else, no resumption, no tickets, no early data, both sides authenticated. Answers 1 on success.
static inline int pf_restrict(SSL_CTX *context, long largest_chain) {
  SSL_CTX_set_options(
      context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(context, largest_chain);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1 &&
         SSL_CTX_set_max_early_data(context, 0) == 1 && SSL_CTX_set_recv_max_early_data(context, 0) == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
         SSL_CTX_set_ciphersuites(
             context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1;
}

static inline int pf_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

static inline int pf_trust(SSL_CTX *context, X509 *certificate) {
  return X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate) == 1;
}

// An anchor may be an intermediate certificate or a leaf: its holder pinned it, so nothing above it is asked for.
static inline int pf_allow_partial_chain(SSL_CTX *context) {
  return X509_STORE_set_flags(SSL_CTX_get_cert_store(context), X509_V_FLAG_PARTIAL_CHAIN) == 1;
}

static inline void pf_ask_for_another_read(BIO *bio) { BIO_set_retry_read(bio); }

static inline void pf_ask_for_nothing(BIO *bio) { BIO_clear_retry_flags(bio); }
