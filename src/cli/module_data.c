/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/module_data.h"
#include "base/io.h"
#include "format/modules.h"

bool module_data_add(struct module_data *m, const char *text, struct error *e)
{
	const char *equals = strchr(text, '=');
	size_t k = 0;

	if (equals == NULL)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "%s: not of the form MODULE=FILE", text);
	size_t module =
		modules_find((struct span){ (const uint8_t *)text, (size_t)(equals - text) });
	if (module == MODULE_COUNT)
		return m->lenient ||
		       error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "%s: no such module", text);
	while (k < m->n && m->data[k].module != module)
		k++;
	if (k == MODULE_DATA_MAX)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "%s: data for more than %d modules",
				 text, MODULE_DATA_MAX);
	if (k == m->n) {
		buf_init(&m->file[k], MODULE_DATA_SIZE);
		m->n++;
	}
	buf_reset(&m->file[k]);
	m->data[k] = (struct scan_module_data){ .module = module };
	if (!io_read_file(equals + 1, &m->file[k], e))
		return error_wrap(e, "%s: ", equals + 1);
	m->data[k].data = buf_span(&m->file[k]);
	return true;
}

void module_data_release(struct module_data *m)
{
	for (size_t k = 0; k < m->n; k++)
		buf_release(&m->file[k]);
	*m = (struct module_data){ 0 };
}

void module_data_use(const struct module_data *m, struct scan_options *o)
{
	o->data = m->data;
	o->n_data = m->n;
}
