/* The layers: shapes, parameters, multiplications; and the network in the text format. */
#include "sections.h"

#include "labels.h"
#include "output.h"
#include "parameter_formula.h"

#include <stdlib.h>

static void write_row(cli_html *html, const cnn_net *net, const cli_label *label) {
    char *shape = cli_shape(label->info.output, label->info.rank);
    char *formula = cli_parameter_formula(net, &label->info);
    cli_html_add(html, "<tr>");
    cli_html_element(html, "td class=name", "%s", label->text);
    cli_html_element(html, "td", "%s", shape);
    cli_html_element(html, "td", "%s", formula);
    cli_html_element(html, "td class=number", "%s", cli_grouped(label->info.parameters).text);
    cli_html_element(html, "td class=number", "%s", cli_grouped(label->macs).text);
    cli_html_add(html, "</tr>\n");
    free(shape);
    free(formula);
}

cnn_status cli_section_model(cli_html *html, const cli_facts *f, cnn_error *error) {
    int count;
    int64_t macs = 0;
    cli_label *labels = cli_labels(f->net, &count);
    cli_html_add(html, "<div class=wide><table><tr><th>Layer<th>Output<th><th class=number>Parameters<th "
                       "class=number>Multiplications</tr>\n");
    for (int i = 0; i < count; i++) {
        macs += labels[i].macs;
        write_row(html, f->net, &labels[i]);
    }
    cli_html_add(html, "<tr><td class=name>Total<td><td>");
    cli_html_element(html, "td class=number", "%s", cli_grouped(cnn_net_parameters(f->net)).text);
    cli_html_element(html, "td class=number", "%s", cli_grouped(macs).text);
    cli_html_add(html, "</tr></table></div>");
    cli_labels_free(labels, count);
    char *text = cnn_net_text(f->net);
    if (!text)
        return cli_refuse(error, CNN_ERROR_MEMORY, "out of memory: the text of the network");
    cli_html_add(html, "<h3>In the text format</h3>");
    cli_html_element(html, "pre", "%s", text);
    cnn_free(text);
    return CNN_OK;
}
