/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/stub_library.h"

#include <strings.h>

/*
 * What a process finds: libraries (stub_library.h), of whose functions those that stubs call are
 * here, and the blocks that FS leads to.  An address means the same in every run.
 */

enum {
	TEB = 0x7ffde000,
	PEB = 0x7ffdf000,
	MODULES = PEB + 0x200, /* the head of their list, and behind it each, */
	ENTRY = 0x100,         /* of so many bytes */
	MAX_NAME = 256,
	MAX_IMPORTS = 4096,
	MAX_PIECES = 12,  /* of memory that may be asked for */
	PIECES = 8 << 20, /* most bytes of one */
	MAX_ARGS = 7,
	CALL_FUEL = 200,                      /* instructions that a call counts as */
	OTHER_LIBRARY = STUB_SYSTEM + 0x1000, /* a handle, as are all addresses */
	OWN_FILE = 0x44,                      /* a handle */
	IMPORTS = 1,                          /* number of the directory */
	PAGE = 4096,
};

typedef uint32_t do_call(struct stub *s, const uint32_t arg[MAX_ARGS]);

/* A text in memory, without its NUL. */
static struct span text_at(struct stub *s, uint32_t at)
{
	struct cursor c = cursor_of(x86_memory_span(&s->x.memory, at, MAX_NAME));

	return cursor_cstring(&c, MAX_NAME);
}

/* n bytes, mapped. 0: none. */
static uint32_t allocate(struct stub *s, uint32_t n)
{
	if (n == 0 || n > PIECES || s->x.memory.n_regions >= 5 + MAX_PIECES)
		return 0;
	n = (n + PAGE - 1) & ~(uint32_t)(PAGE - 1);
	while (s->heap < STUB_SYSTEM - n) {
		uint32_t at = s->heap;
		s->heap += n + PAGE;
		if (x86_memory_map(&s->x.memory, s->arena, at, n) != NULL)
			return at;
		if (s->x.memory.region[0].at > at + n ||
		    s->x.memory.region[0].at + s->x.memory.region[0].n <= at)
			return 0; /* it was not the image that was in the way */
	}
	return 0;
}

static uint32_t one(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	(void)s;
	(void)arg;
	return 1;
}

static uint32_t zero(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	(void)s;
	(void)arg;
	return 0;
}

static uint32_t ticks(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	(void)arg;
	return (uint32_t)((s->x.given - s->x.fuel) >> 20) + 1000000;
}

/* NULL is the program; any other name is a library that is there, but has no names to go through.
 */
static uint32_t library(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	struct span name = arg[0] != 0 ? text_at(s, arg[0]) : (struct span){ NULL, 0 };

	if (arg[0] == 0)
		return s->image.base;
	for (size_t i = 0; i < STUB_N_LIBRARIES; i++) {
		size_t n = strlen(stub_libraries[i].name) - strlen(".dll");
		if (name.n >= n &&
		    strncasecmp((const char *)name.p, stub_libraries[i].name, n) == 0)
			return stub_libraries[i].base;
	}
	return OTHER_LIBRARY;
}

static uint32_t virtual_alloc(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	/* the second step of one that was reserved */
	if (arg[0] != 0)
		return x86_memory_find(&s->x.memory, arg[0], 1) != NULL ? arg[0] : 0;
	return allocate(s, arg[1]);
}

static uint32_t virtual_protect(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	if (arg[3] != 0)
		x86_store(&s->x, arg[3], 4, 0x40);
	return 1;
}

static uint32_t second_size(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	return allocate(s, arg[1]);
}

static uint32_t third_size(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	return allocate(s, arg[2]);
}

static uint32_t module_name(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	static const char name[] = "C:\\program.exe";

	for (uint32_t i = 0; i < sizeof name && i < arg[2]; i++)
		x86_store(&s->x, arg[1] + i, 1, (uint8_t)name[i]);
	return sizeof name - 1;
}

/* Any file that is opened is the program's own, from its start: stubs sum themselves up. */
static uint32_t open_file(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	(void)arg;
	s->file_at = 0;
	return OWN_FILE;
}

static uint32_t file_size(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	if (arg[1] != 0)
		x86_store(&s->x, arg[1], 4, 0);
	return (uint32_t)s->program.n;
}

/* file, buffer, bytes, where to say how many */
static uint32_t read_file(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	struct span data = span_cut(s->program, s->file_at, arg[2]);

	for (uint32_t i = 0; i < data.n && s->x.fault == X86_FAULT_NONE; i++)
		x86_store(&s->x, arg[1] + i, 1, data.p[i]);
	s->file_at += data.n;
	s->x.fuel -= data.n < s->x.fuel ? data.n : s->x.fuel;
	if (arg[3] != 0)
		x86_store(&s->x, arg[3], 4, (uint32_t)data.n);
	return 1;
}

static uint32_t find_function(struct stub *s, const uint32_t arg[MAX_ARGS]);

static const struct function {
	const char *name;
	uint8_t n_args;
	do_call *call;
} functions[] = {
	{ "LoadLibraryA", 1, library },
	{ "GetProcAddress", 2, find_function },
	{ "GetModuleHandleA", 1, library },
	{ "VirtualProtect", 4, virtual_protect },
	{ "VirtualAlloc", 4, virtual_alloc },
	{ "VirtualFree", 3, one },
	{ "GlobalAlloc", 2, second_size },
	{ "GlobalFree", 1, zero },
	{ "LocalAlloc", 2, second_size },
	{ "LocalFree", 1, zero },
	{ "GetProcessHeap", 0, one },
	{ "HeapCreate", 3, one },
	{ "HeapAlloc", 3, third_size },
	{ "HeapFree", 3, one },
	{ "GetTickCount", 0, ticks },
	{ "IsDebuggerPresent", 0, zero },
	{ "GetVersion", 0, one },
	{ "FreeLibrary", 1, one },
	{ "GetModuleFileNameA", 3, module_name },
	{ "GetCurrentProcess", 0, one },
	{ "SetUnhandledExceptionFilter", 1, zero },
	{ "CloseHandle", 1, one },
	{ "GetLastError", 0, zero },
	{ "CreateFileA", 7, open_file },
	{ "GetFileSize", 2, file_size },
	{ "ReadFile", 5, read_file },
};

/* The address of a function of this name, known or not. */
static uint32_t address_of(struct stub *s, struct span name)
{
	uint32_t at = stub_library_find(name);

	if (at != 0)
		return at;
	at = stub_library_spare(s->n_names);
	if (at == 0)
		return stub_library_spare(0);
	s->n_names++;
	return at;
}

/* MEW ends by asking for function 1, which is not there. */
static uint32_t find_function(struct stub *s, const uint32_t arg[MAX_ARGS])
{
	if (arg[1] == 0 || (arg[1] == 1 && arg[0] == STUB_SYSTEM))
		return 0;
	return address_of(s, text_at(s, arg[1]));
}

static const struct function *function_at(uint32_t at)
{
	struct span name = stub_library_name(at);

	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (span_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

bool stub_system_call(struct stub *s)
{
	struct x86 *x = &s->x;
	uint32_t arg[MAX_ARGS] = { 0 };
	const struct function *f = function_at(x->eip);

	if (f == NULL)
		return false;
	x->fuel -= x->fuel < CALL_FUEL ? x->fuel : CALL_FUEL;
	x->fault = X86_FAULT_NONE;
	uint32_t back = x86_pop(x);
	for (unsigned i = 0; i < f->n_args; i++)
		arg[i] = x86_pop(x);
	uint32_t result = x->fault == X86_FAULT_NONE ? f->call(s, arg) : 0;
	x->reg[X86_EAX] = result;
	x->reg[X86_ECX] = x->reg[X86_EDX] = 0; /* which calls do not keep */
	x->eip = back;
	return x->fault == X86_FAULT_NONE;
}

/* ---- imports of the image ([MS-PECOFF] 6.4) */

/* One library's: names from `from`, addresses to `to`. */
static void bind_library(struct stub *s, uint32_t from, uint32_t to, unsigned *left)
{
	struct x86 *x = &s->x;

	for (; *left != 0; (*left)--, from += 4, to += 4) {
		uint32_t name = x86_load(x, from, 4);
		if (name == 0 || x->fault != X86_FAULT_NONE)
			return;
		struct span text = { NULL, 0 }; /* by number: not known */
		if ((name & 1u << 31) == 0)
			text = text_at(s, s->image.base + name + 2);
		x86_store(x, to, 4, address_of(s, text));
	}
}

static void bind_imports(struct stub *s)
{
	struct cursor c = cursor_of(s->image.optional);
	unsigned left = MAX_IMPORTS;

	cursor_skip(&c, 92);
	if (cursor_le32(&c) <= IMPORTS)
		return;
	cursor_skip(&c, 8 * IMPORTS);
	uint32_t at = cursor_le32(&c);
	if (!cursor_ok(&c) || at == 0)
		return;
	for (at += s->image.base; left != 0; at += 20, left--) {
		uint32_t names = x86_load(&s->x, at, 4), to = x86_load(&s->x, at + 16, 4);
		if (to == 0 || s->x.fault != X86_FAULT_NONE)
			return;
		bind_library(s, s->image.base + (names != 0 ? names : to), s->image.base + to,
			     &left);
	}
}

/* ---- the blocks */

/* A module in the list: the program, or a library. */
struct module {
	uint32_t base, size, entry;
	const char *name;
};

/* Links n entries, of which entry `from` is the first, behind the head of one of the lists. */
static void link_modules(struct x86 *x, uint32_t order, uint32_t from, uint32_t n)
{
	uint32_t head = MODULES + 12 + 8 * order, before = head;

	for (uint32_t i = from; i <= n; i++) {
		uint32_t at = i < n ? MODULES + ENTRY * (i + 1) + 8 * order : head;
		x86_store(x, before, 4, at);
		x86_store(x, at + 4, 4, before);
		before = at;
	}
}

/* The list of modules that the process has, in the orders of loading, of memory, and of
 * initialization, in which the program is not (PEB_LDR_DATA). */
static void write_modules(struct stub *s)
{
	struct x86 *x = &s->x;
	struct module m[1 + STUB_N_LIBRARIES] = {
		{ s->image.base, s->image.size, s->image.base + s->image.entry, "program.exe" }
	};

	for (size_t i = 0; i < STUB_N_LIBRARIES; i++)
		m[1 + i] = (struct module){ stub_libraries[i].base, STUB_LIBRARY_SIZE, 0,
					    stub_libraries[i].name };
	x86_store(x, PEB + 12, 4, MODULES);
	x86_store(x, MODULES, 4, 0x28);
	x86_store(x, MODULES + 4, 4, 1);
	for (uint32_t order = 0; order < 3; order++)
		link_modules(x, order, order == 2, 1 + STUB_N_LIBRARIES);
	for (uint32_t i = 0; i < 1 + STUB_N_LIBRARIES; i++) {
		uint32_t e = MODULES + ENTRY * (i + 1), n = (uint32_t)strlen(m[i].name);
		x86_store(x, e + 0x18, 4, m[i].base);
		x86_store(x, e + 0x1c, 4, m[i].entry);
		x86_store(x, e + 0x20, 4, m[i].size);
		for (uint32_t at = 0x24; at <= 0x2c; at += 8) { /* whole name, last part */
			x86_store(x, e + at, 4, 2 * n | (2 * n + 2) << 16);
			x86_store(x, e + at + 4, 4, e + 0x80);
		}
		for (uint32_t k = 0; k < n; k++)
			x86_store(x, e + 0x80 + 2 * k, 2, (uint8_t)m[i].name[k]);
	}
}

bool stub_system_load(struct stub *s)
{
	struct x86 *x = &s->x;

	struct x86_region *libraries =
		x86_memory_map(&x->memory, s->arena, STUB_SYSTEM, STUB_SYSTEM_SIZE);
	if (libraries == NULL || x86_memory_map(&x->memory, s->arena, TEB, PAGE) == NULL ||
	    x86_memory_map(&x->memory, s->arena, PEB, PAGE) == NULL)
		return false;
	x->fs = TEB;
	x->reg[X86_EBX] = PEB;
	x86_store(x, TEB, 4, UINT32_MAX); /* no handler of exceptions */
	x86_store(x, TEB + 0x18, 4, TEB);
	x86_store(x, TEB + 0x30, 4, PEB);
	x86_store(x, PEB + 8, 4, s->image.base);
	write_modules(s);
	stub_library_write(libraries);
	bind_imports(s);
	x->fault = X86_FAULT_NONE;
	struct x86_region *image = &x->memory.region[0];
	memset(image->marked, 0, image->n / X86_GRAIN + 1);
	return true;
}
