/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "cli/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Rules are compiled in this process: our own, when Pellucid is built and there is no worker yet.
 */

struct compiler {
	uint8_t *output;
	size_t size;
};

bool compile_open(const struct ask_output *output, unsigned time_limit_s, struct compiler **out,
		  struct error *e)
{
	struct compiler *c = calloc(1, sizeof *c);
	size_t size = (size_t)output->size;

	(void)time_limit_s;
	if (c == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to compile rules");
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, output->fd, 0);
	if (p == MAP_FAILED) {
		free(c);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "mmap: %s", strerror(errno));
	}
	*c = (struct compiler){ p, size };
	*out = c;
	return true;
}

bool compile_ask(struct compiler *c, int fd, uint64_t size, struct buf *answer, struct error *e)
{
	struct span request;

	(void)size;
	if (!io_map(fd, &request, e))
		return false;
	compile_run(request, c->output, c->size, answer);
	io_unmap(request);
	return true;
}

bool compile_finish(struct compiler *c, struct error *e)
{
	(void)e;
	(void)munmap(c->output, c->size);
	c->output = NULL;
	return true;
}

void compile_free(struct compiler *c)
{
	if (c != NULL && c->output != NULL)
		(void)munmap(c->output, c->size);
	free(c);
}
