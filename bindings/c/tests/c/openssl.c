/* A host with an OpenSSL of its own, which it uses in turn with the library. */
#include "host.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

static void digest(void) {
    static const unsigned char abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                          0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                          0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    unsigned char found[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    CHECK(EVP_Digest("abc", 3, found, &len, EVP_sha256(), NULL) == 1);
    CHECK(len == sizeof abc && memcmp(found, abc, len) == 0);
}

static void randomness(void) {
    unsigned char one[32] = {0}, two[32] = {0};
    CHECK(RAND_bytes(one, sizeof one) == 1 && RAND_bytes(two, sizeof two) == 1);
    CHECK(memcmp(one, two, sizeof one) != 0);
}

static size_t sign(EVP_PKEY *key, unsigned char *signature, size_t capacity) {
    size_t len = capacity;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1);
    CHECK(EVP_DigestSign(context, signature, &len, (const unsigned char *)"text", 4) == 1);
    EVP_MD_CTX_free(context);
    return len;
}

static int is_signed(EVP_PKEY *key, const char *text, const unsigned char *signature, size_t len) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1);
    int is = EVP_DigestVerify(context, signature, len, (const unsigned char *)text, strlen(text)) == 1;
    EVP_MD_CTX_free(context);
    return is;
}

static void tls(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    CHECK(context != NULL);
    SSL *session = SSL_new(context);
    CHECK(session != NULL);
    SSL_free(session);
    SSL_CTX_free(context);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct host host = read_host(argv[1], "fetched.json");
    struct doorward_verifier *verifier = open_host(&host, 0);
    struct doorward_verdict *verdict = new_verdict();
    EVP_PKEY *key = EVP_RSA_gen(2048);
    CHECK(key != NULL);
    unsigned char signature[512];
    size_t len = sign(key, signature, sizeof signature);
    for (int time = 0; time < 50; time++) {
        verify_local(verifier, &host, verdict);
        digest();
        resolve_fetched(verifier, &host, verdict);
        randomness();
        verify_local(verifier, &host, verdict);
        CHECK(is_signed(key, "text", signature, len));
        tls();
        CHECK(ERR_peek_error() == 0);
        /* Two refused signatures: each leaves its error where it belongs. */
        CHECK(!is_signed(key, "another", signature, len));
        CHECK_STATUS(DOORWARD_SIGNATURE_INVALID, verify_value(verifier, host.forged, verdict));
        CHECK(ERR_peek_error() != 0);
        ERR_clear_error();
    }
    EVP_PKEY_free(key);
    doorward_verdict_free(verdict);
    doorward_verifier_free(verifier);
    free_host(&host);
    return 0;
}
