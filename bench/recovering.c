/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "recover/generator.h"
#include "recover/salsa.h"
#include "recover/seeded.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/*
 * Usage: recovering salsa SEED FILE > RESULT   A file under the key stream that Prometheus makes of
 * a seed, which applied again is the file: what `recover run` is measured with. recovering WHAT
 * AMOUNT THREADS [FILE]   Does AMOUNT of the work in each thread, and prints the seconds of all:
 * seeds of Thanatos as the search tries them, and by OpenSSL's functions as a first program would
 * call them (SHA-256, then AES-256-CBC of a block); MiB of key stream of Salsa20, and of OpenSSL's
 * ChaCha20, its nearest; MiB of a file that is read from the page cache and looked at.
 */

enum { PIECE = 1 << 20 };

struct job {
	const char *file;
	uint64_t amount;
	unsigned number;
	uint64_t sum; /* so that nothing is optimised away */
};

static void seeds_ours(struct job *j)
{
	const struct seeded *kind = seeded_of(span_of("thanatos"));
	struct seeded_target t = { .n = 64, .expected = KIND_PNG, .size = 4096 };

	for (uint64_t i = 0; i < j->amount; i++)
		j->sum += kind->fits(&t, (j->number * j->amount + i) & UINT32_MAX);
}

/* The same question: 20 digits of rand(), their SHA-256 as a key, one block, the first eight bytes.
 */
static void seeds_openssl(struct job *j)
{
	static const uint8_t iv[16], block[16];

	for (uint64_t i = 0; i < j->amount; i++) {
		struct generator_msvc g = { (uint32_t)(j->number * j->amount + i) };
		uint8_t key[32], out[32];
		char digits[20];
		unsigned n;
		int got;
		for (unsigned k = 0; k < sizeof digits; k++)
			digits[k] = (char)('0' + generator_msvc(&g) % 10);
		EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
		if (c == NULL ||
		    EVP_Digest(digits, sizeof digits, key, &n, EVP_sha256(), NULL) != 1 ||
		    EVP_DecryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv) != 1 ||
		    EVP_CIPHER_CTX_set_padding(c, 0) != 1 ||
		    EVP_DecryptUpdate(c, out, &got, block, sizeof block) != 1)
			abort();
		EVP_CIPHER_CTX_free(c);
		j->sum += memcmp(out, "\x89PNG\r\n\x1a\n", 8) == 0;
	}
}

static void stream_ours(struct job *j)
{
	uint8_t key[32] = { 1 }, nonce[8] = { 2 }, *p = calloc(1, PIECE);

	if (p == NULL)
		abort();
	for (uint64_t i = 0; i < j->amount; i++) {
		salsa_xor(key, nonce, i * (PIECE / SALSA_BLOCK), p, PIECE);
		j->sum += p[0];
	}
	free(p);
}

static void stream_openssl(struct job *j)
{
	static const uint8_t key[32] = { 1 }, iv[16] = { 2 };
	uint8_t *p = calloc(1, PIECE);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int got;

	if (p == NULL || c == NULL || EVP_EncryptInit_ex(c, EVP_chacha20(), NULL, key, iv) != 1)
		abort();
	for (uint64_t i = 0; i < j->amount; i++) {
		if (EVP_EncryptUpdate(c, p, &got, p, PIECE) != 1)
			abort();
		j->sum += p[0];
	}
	EVP_CIPHER_CTX_free(c);
	free(p);
}

/* Each byte is seen: a sum of words. */
static void cache(struct job *j)
{
	uint64_t *p = calloc(1, PIECE);
	int fd = open(j->file, O_RDONLY | O_CLOEXEC);

	if (p == NULL || fd < 0)
		abort();
	for (uint64_t i = 0, at = 0; i < j->amount; i++) {
		ssize_t got = pread(fd, p, PIECE, (off_t)at);
		at = got == PIECE ? at + PIECE : 0;
		for (size_t k = 0; k < PIECE / sizeof *p; k++)
			j->sum += p[k];
	}
	close(fd);
	free(p);
}

static int salsa(const char *number, const char *file)
{
	const struct seeded *kind = seeded_of(span_of("prometheus"));
	static uint8_t p[32 * PIECE];
	struct attack_open o = { .size = 0 };
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct error e;
	ssize_t n = fd >= 0 ? read(fd, p, sizeof p) : -1;

	if (n <= 0 || (size_t)n == sizeof p)
		return 2;
	close(fd);
	struct seeded_target t = { .size = (uint64_t)n };
	return kind->open(&t, strtoull(number, NULL, 10), &o, &e) &&
			       kind->step(&o, 0, p, (size_t)n, &e) &&
			       fwrite(p, 1, (size_t)n, stdout) == (size_t)n && fflush(stdout) == 0
		       ? 0
		       : 2;
}

static const struct {
	const char *name;
	void (*run)(struct job *j);
} kinds[] = {
	{ "seeds-ours", seeds_ours },
	{ "seeds-openssl", seeds_openssl },
	{ "stream-ours", stream_ours },
	{ "stream-openssl", stream_openssl },
	{ "cache", cache },
};

struct thread {
	pthread_t id;
	struct job job;
	void (*run)(struct job *j);
};

static void *begin(void *ctx)
{
	struct thread *t = ctx;

	t->run(&t->job);
	return NULL;
}

int main(int argc, char **argv)
{
	struct timespec a, b;
	struct thread t[64];
	unsigned n = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;

	if (argc == 4 && strcmp(argv[1], "salsa") == 0)
		return salsa(argv[2], argv[3]);
	for (size_t k = 0; n >= 1 && n <= 64 && k < sizeof kinds / sizeof *kinds; k++) {
		if (strcmp(argv[1], kinds[k].name) != 0)
			continue;
		clock_gettime(CLOCK_MONOTONIC, &a);
		for (unsigned i = 0; i < n; i++) {
			t[i] = (struct thread){ .run = kinds[k].run };
			t[i].job = (struct job){ argc > 4 ? argv[4] : NULL,
						 strtoull(argv[2], NULL, 10), i, 0 };
			if (pthread_create(&t[i].id, NULL, begin, &t[i]) != 0)
				abort();
		}
		for (unsigned i = 0; i < n; i++)
			pthread_join(t[i].id, NULL);
		clock_gettime(CLOCK_MONOTONIC, &b);
		printf("%.6f\n",
		       (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
		return 0;
	}
	return 2;
}
