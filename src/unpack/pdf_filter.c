/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pdf_filter.h"
#include "base/text.h"

#include "unpack/decode_text.h"
#include "unpack/pdf_predict.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/aes.h>
#include <openssl/rc4.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
	OUT_SIZE = 8192,
	LZW_CODES = 4096,
	RAW_REST =
		8 /* bytes behind a stream of Flate whose header is wrong: checksum, ends of line */
};

struct lzw {
	uint16_t prefix[LZW_CODES];
	uint8_t last[LZW_CODES], first[LZW_CODES];
	uint16_t length[LZW_CODES];
	uint32_t bits;
	unsigned n_bits, width, next;
	int before; /* the code before; -1 after a clear */
	bool early; /* codes grow one code sooner */
};

struct cipher {
	RC4_KEY rc4;
	AES_KEY aes;
	uint8_t vector[AES_BLOCK_SIZE], in[AES_BLOCK_SIZE], kept[AES_BLOCK_SIZE];
	size_t n_in;
	bool has_vector, has_kept;
};

struct pdf_stage {
	struct pdf_chain *chain;
	struct pdf_stage *next;
	enum pdf_filter filter;
	bool ended;   /* its end of data came: the rest is nothing */
	uint8_t *out; /* OUT_SIZE bytes */
	size_t n_out;
	z_stream *z; /* these four: memory that a stage keeps for its next use */
	struct lzw *lzw;
	struct cipher *cipher;
	struct pdf_predictor predictor;
	union {
		struct {
			uint32_t value;
			unsigned n;
		} digits;
		struct {
			unsigned copy;   /* bytes that stand for themselves and are to come */
			unsigned repeat; /* how often the next byte is repeated */
		} run;
	};
	bool raw_tried; /* Flate: a stream without zlib's header was tried */
};

static void stage_put(struct pdf_stage *s, struct span in);

static void problem(struct pdf_stage *s, const char *what)
{
	if (!s->chain->damaged)
		s->chain->problem = what;
	s->chain->damaged = true;
	s->ended = true;
}

/* Hands on what a stage made. */
static void flush(struct pdf_stage *s)
{
	struct span made = { s->out, s->n_out };

	s->n_out = 0;
	if (made.n == 0 || s->chain->stopped)
		return;
	if (s->next != NULL)
		stage_put(s->next, made);
	else if (!s->chain->sink(s->chain->to, made))
		s->chain->stopped = true;
}

static void emit(struct pdf_stage *s, uint8_t byte)
{
	s->out[s->n_out++] = byte;
	if (s->n_out == OUT_SIZE)
		flush(s);
}

/* ---- Flate (7.4.4) */

static void *flate_alloc(void *arena, unsigned n, unsigned size)
{
	return arena_array(arena, n, size);
}
static void flate_free(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

static void flate_put(struct pdf_stage *s, struct span in)
{
	int rc = Z_OK;

	s->z->next_in = in.p;
	s->z->avail_in = (uInt)in.n;
	while (rc == Z_OK && !s->chain->stopped && !s->ended) {
		s->z->next_out = s->out;
		s->z->avail_out = OUT_SIZE;
		rc = inflate(s->z, Z_NO_FLUSH);
		s->n_out = OUT_SIZE - s->z->avail_out;
		bool full = s->z->avail_out == 0;
		flush(s);
		if (rc == Z_OK && s->z->avail_in == 0 && !full)
			return;
	}
	bool checksum = rc == Z_DATA_ERROR && s->z->msg != NULL &&
			strcmp(s->z->msg, "incorrect data check") == 0; /* all came out */
	if (rc == Z_STREAM_END && s->raw_tried && s->z->avail_in > RAW_REST)
		problem(s, "Flate"); /* bytes that are something else end soon, too */
	else if (rc == Z_STREAM_END || checksum)
		s->ended = true;
	else if (rc == Z_DATA_ERROR && s->z->total_out == 0 && !s->raw_tried) {
		s->raw_tried = true; /* readers accept a stream whose header is wrong */
		if (inflateReset2(s->z, -15) == Z_OK)
			flate_put(s, span_cut(in, 2, in.n));
	} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
		problem(s, "Flate");
	}
}

/* ---- LZW (7.4.4) */

static void lzw_clear(struct lzw *l)
{
	l->width = 9;
	l->next = 258;
	l->before = -1;
}

/* Writes the string of a code, which is known. */
static void lzw_string(struct pdf_stage *s, unsigned code)
{
	struct lzw *l = s->lzw;
	uint8_t text[LZW_CODES];
	unsigned n = l->length[code];

	for (unsigned i = n; i-- > 0; code = l->prefix[code])
		text[i] = l->last[code];
	for (unsigned i = 0; i < n; i++)
		emit(s, text[i]);
}

static void lzw_code(struct pdf_stage *s, unsigned code)
{
	struct lzw *l = s->lzw;

	if (code == 256) {
		lzw_clear(l);
		return;
	}
	if (code == 257) {
		s->ended = true;
		return;
	}
	if (code > l->next || (code == l->next && l->before < 0) || (code > 255 && l->before < 0)) {
		problem(s, "LZW");
		return;
	}
	if (l->before >= 0 && l->next < LZW_CODES) {
		unsigned before = (unsigned)l->before;
		l->prefix[l->next] = (uint16_t)before;
		l->first[l->next] = l->first[before];
		l->last[l->next] = code == l->next ? l->first[before] : l->first[code];
		l->length[l->next] = (uint16_t)(l->length[before] + 1);
		l->next++;
	} else if (code >= l->next) {
		problem(s, "LZW");
		return;
	}
	lzw_string(s, code);
	l->before = (int)code;
	unsigned full = l->next + (l->early ? 1 : 0);
	l->width = full >= 2048 ? 12 : full >= 1024 ? 11 : full >= 512 ? 10 : 9;
}

static void lzw_put(struct pdf_stage *s, struct span in)
{
	struct lzw *l = s->lzw;

	for (size_t i = 0; i < in.n && !s->ended && !s->chain->stopped; i++) {
		l->bits = l->bits << 8 | in.p[i];
		l->n_bits += 8;
		if (l->n_bits < l->width)
			continue;
		l->n_bits -= l->width;
		lzw_code(s, l->bits >> l->n_bits & ((1u << l->width) - 1));
	}
}

/* ---- ASCII85, ASCIIHex, RunLength (7.4.2, 7.4.3, 7.4.5) */

static void ascii85_group(struct pdf_stage *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		emit(s, (uint8_t)(s->digits.value >> (24 - 8 * i)));
	s->digits.value = 0;
	s->digits.n = 0;
}

static void ascii85_put(struct pdf_stage *s, struct span in)
{
	for (size_t i = 0; i < in.n && !s->ended; i++) {
		uint8_t c = in.p[i];
		if (c == 'z' && s->digits.n == 0) {
			ascii85_group(s, 4);
		} else if (c == '~') {
			s->ended = true;
		} else if (c >= '!' && c <= 'u') {
			s->digits.value = s->digits.value * 85 + (uint32_t)(c - '!');
			if (++s->digits.n == 5)
				ascii85_group(s, 4);
		}
	}
}

static void ascii85_end(struct pdf_stage *s)
{
	unsigned n = s->digits.n;

	if (n < 2)
		return;
	for (unsigned i = n; i < 5; i++)
		s->digits.value = s->digits.value * 85 + 84;
	ascii85_group(s, n - 1);
}

static void asciihex_put(struct pdf_stage *s, struct span in)
{
	for (size_t i = 0; i < in.n && !s->ended; i++) {
		int digit = text_hex_digit(in.p[i]);
		s->ended = in.p[i] == '>';
		if (digit < 0)
			continue;
		s->digits.value = s->digits.value << 4 | (uint32_t)digit;
		if (++s->digits.n == 2) {
			emit(s, (uint8_t)s->digits.value);
			s->digits.n = 0;
		}
	}
}

static void runlength_put(struct pdf_stage *s, struct span in)
{
	for (size_t i = 0; i < in.n && !s->ended && !s->chain->stopped; i++) {
		uint8_t c = in.p[i];
		if (s->run.copy > 0) {
			s->run.copy--;
			emit(s, c);
		} else if (s->run.repeat > 0) {
			for (; s->run.repeat > 0; s->run.repeat--)
				emit(s, c);
		} else if (c < 128) {
			s->run.copy = c + 1u;
		} else if (c > 128) {
			s->run.repeat = 257u - c;
		} else {
			s->ended = true;
		}
	}
}

/* ---- predictors (7.4.4.4) */

static void predictor_row(struct pdf_stage *s)
{
	struct pdf_predictor *p = &s->predictor;
	size_t from = p->png ? 1 : 0, n = p->n > from ? p->n - from : 0;

	if (n < p->row)
		memset(p->line + p->n, 0, p->row + from - p->n);
	if (p->png)
		pdf_predict_png(p, p->line[0], p->line + 1);
	else
		pdf_predict_tiff(p, p->line);
	for (size_t i = 0; i < n; i++)
		emit(s, p->line[from + i]);
	p->n = 0;
}

static void predictor_put(struct pdf_stage *s, struct span in)
{
	struct pdf_predictor *p = &s->predictor;
	size_t whole = p->row + (p->png ? 1 : 0);

	while (in.n > 0 && !s->chain->stopped) {
		struct span piece = span_cut(in, 0, whole - p->n);
		memcpy(p->line + p->n, piece.p, piece.n);
		p->n += piece.n;
		in = span_cut(in, piece.n, in.n);
		if (p->n == whole)
			predictor_row(s);
	}
}

/* ---- ciphers (7.6.2) */

static void rc4_put(struct pdf_stage *s, struct span in)
{
	while (in.n > 0 && !s->chain->stopped) {
		struct span piece = span_cut(in, 0, OUT_SIZE);
		RC4(&s->cipher->rc4, piece.n, piece.p, s->out);
		s->n_out = piece.n;
		flush(s);
		in = span_cut(in, piece.n, in.n);
	}
}

/* A block is kept back until the next is there: the last one holds the padding. */
static void aes_block(struct pdf_stage *s)
{
	struct cipher *c = s->cipher;

	c->n_in = 0;
	if (!c->has_vector) {
		memcpy(c->vector, c->in, sizeof c->vector);
		c->has_vector = true;
		return;
	}
	for (size_t i = 0; c->has_kept && i < sizeof c->kept; i++)
		emit(s, c->kept[i]);
	AES_cbc_encrypt(c->in, c->kept, AES_BLOCK_SIZE, &c->aes, c->vector, AES_DECRYPT);
	c->has_kept = true;
}

static void aes_put(struct pdf_stage *s, struct span in)
{
	struct cipher *c = s->cipher;

	while (in.n > 0 && !s->chain->stopped) {
		struct span piece = span_cut(in, 0, AES_BLOCK_SIZE - c->n_in);
		memcpy(c->in + c->n_in, piece.p, piece.n);
		c->n_in += piece.n;
		in = span_cut(in, piece.n, in.n);
		if (c->n_in == AES_BLOCK_SIZE)
			aes_block(s);
	}
}

static void aes_end(struct pdf_stage *s)
{
	struct cipher *c = s->cipher;
	uint8_t padding = c->kept[AES_BLOCK_SIZE - 1];

	if (!c->has_kept)
		return;
	size_t n = padding >= 1 && padding <= AES_BLOCK_SIZE ? (size_t)(AES_BLOCK_SIZE - padding)
							     : AES_BLOCK_SIZE;
	for (size_t i = 0; i < n; i++)
		emit(s, c->kept[i]);
}

/* ---- the chain */

static void stage_put(struct pdf_stage *s, struct span in)
{
	static void (*const put[])(struct pdf_stage *, struct span) = {
		[PDF_FLATE] = flate_put,
		[PDF_LZW] = lzw_put,
		[PDF_ASCII85] = ascii85_put,
		[PDF_ASCIIHEX] = asciihex_put,
		[PDF_RUNLENGTH] = runlength_put,
		[PDF_PREDICTOR] = predictor_put,
		[PDF_RC4] = rc4_put,
		[PDF_AES] = aes_put,
	};

	if (s->ended || s->chain->stopped)
		return;
	put[s->filter](s, in);
	flush(s);
}

static void stage_end(struct pdf_stage *s)
{
	if (s->filter == PDF_ASCII85)
		ascii85_end(s);
	else if (s->filter == PDF_ASCIIHEX && s->digits.n == 1)
		emit(s, (uint8_t)(s->digits.value << 4));
	else if (s->filter == PDF_PREDICTOR && s->predictor.n > 0)
		predictor_row(s);
	else if (s->filter == PDF_AES)
		aes_end(s);
	else if (s->filter == PDF_FLATE && !s->ended && s->z->total_in != 0)
		problem(s, "Flate, which ends too soon");
	flush(s);
}

void pdf_chain_init(struct pdf_chain *c, struct pdf_pool *pool, pdf_sink *sink, void *to)
{
	*c = (struct pdf_chain){ .pool = pool, .sink = sink, .to = to };
}

/* An idle stage of the kind, or a new one, at the end of the chain. */
static struct pdf_stage *add_stage(struct pdf_chain *c, enum pdf_filter filter)
{
	struct pdf_stage *s = c->pool->idle[filter], **last = &c->first;

	if (c->n_stages == PDF_STAGES_MAX)
		return NULL;
	if (s != NULL) {
		c->pool->idle[filter] = s->next;
	} else {
		s = arena_alloc(c->pool->arena, sizeof *s);
		if (s == NULL || (s->out = arena_alloc(c->pool->arena, OUT_SIZE)) == NULL)
			return NULL;
	}
	s->chain = c;
	s->filter = filter;
	s->next = NULL;
	s->ended = s->raw_tried = false;
	s->n_out = 0;
	memset(&s->run, 0, sizeof s->run);
	while (*last != NULL)
		last = &(*last)->next;
	*last = s;
	c->n_stages++;
	return s;
}

void pdf_chain_release(struct pdf_chain *c)
{
	while (c->first != NULL) {
		struct pdf_stage *s = c->first;
		c->first = s->next;
		s->next = c->pool->idle[s->filter];
		c->pool->idle[s->filter] = s;
	}
	c->n_stages = 0;
}

bool pdf_chain_add(struct pdf_chain *c, enum pdf_filter filter)
{
	struct pdf_stage *s = add_stage(c, filter);

	if (s == NULL || filter != PDF_FLATE)
		return s != NULL;
	if (s->z != NULL)
		return inflateReset2(s->z, 15) == Z_OK;
	s->z = arena_alloc(c->pool->arena, sizeof *s->z);
	if (s->z == NULL)
		return false;
	s->z->zalloc = flate_alloc;
	s->z->zfree = flate_free;
	s->z->opaque = c->pool->arena;
	if (inflateInit(s->z) == Z_OK)
		return true;
	s->z = NULL;
	return false;
}

bool pdf_chain_add_lzw(struct pdf_chain *c, bool early)
{
	struct pdf_stage *s = add_stage(c, PDF_LZW);

	if (s == NULL ||
	    (s->lzw == NULL && (s->lzw = arena_alloc(c->pool->arena, sizeof *s->lzw)) == NULL))
		return false;
	for (unsigned i = 0; i < 256; i++) {
		s->lzw->last[i] = s->lzw->first[i] = (uint8_t)i;
		s->lzw->length[i] = 1;
	}
	s->lzw->early = early;
	s->lzw->n_bits = 0;
	lzw_clear(s->lzw);
	return true;
}

bool pdf_chain_add_predictor(struct pdf_chain *c, int64_t predictor, int64_t colors, int64_t bits,
			     int64_t columns)
{
	if (predictor < 2)
		return true;
	if (colors < 1 || colors > 64 || bits < 1 || bits > 32 || columns < 1 ||
	    columns > PDF_ROW_MAX)
		return false;
	size_t row = ((size_t)(colors * bits * columns) + 7) / 8;
	struct pdf_stage *s = row <= PDF_ROW_MAX ? add_stage(c, PDF_PREDICTOR) : NULL;
	if (s == NULL)
		return false;
	struct pdf_predictor *p = &s->predictor;
	if (p->room < row) {
		p->above = arena_alloc(c->pool->arena, row);
		p->line = arena_alloc(c->pool->arena, row + 1);
		p->room = p->above != NULL && p->line != NULL ? row : 0;
	}
	if (p->room < row)
		return false;
	memset(p->above, 0, row);
	p->png = predictor >= 10;
	p->row = row;
	p->pixel = ((size_t)(colors * bits) + 7) / 8;
	p->bits = (unsigned)bits;
	p->colors = (unsigned)colors;
	p->n = 0;
	return true;
}

bool pdf_chain_add_cipher(struct pdf_chain *c, enum pdf_filter cipher, struct span key)
{
	struct pdf_stage *s = add_stage(c, cipher);

	if (s == NULL || (s->cipher == NULL &&
			  (s->cipher = arena_alloc(c->pool->arena, sizeof *s->cipher)) == NULL))
		return false;
	s->cipher->n_in = 0;
	s->cipher->has_vector = s->cipher->has_kept = false;
	if (cipher == PDF_RC4) {
		RC4_set_key(&s->cipher->rc4, (int)key.n, key.p);
		return true;
	}
	return AES_set_decrypt_key(key.p, (int)key.n * 8, &s->cipher->aes) == 0;
}

bool pdf_chain_is_flate(const struct pdf_chain *c)
{
	return c->n_stages == 1 && c->first->filter == PDF_FLATE;
}

void pdf_chain_put(struct pdf_chain *c, struct span bytes)
{
	while (bytes.n > 0 && !c->stopped) { /* zlib counts in 32 bits */
		struct span piece = span_cut(bytes, 0, 1 << 20);
		if (c->first != NULL)
			stage_put(c->first, piece);
		else if (!c->sink(c->to, piece))
			c->stopped = true;
		bytes = span_cut(bytes, piece.n, bytes.n);
	}
}

void pdf_chain_end(struct pdf_chain *c)
{
	for (struct pdf_stage *s = c->first; s != NULL && !c->stopped; s = s->next)
		stage_end(s);
}
