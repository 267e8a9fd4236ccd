#include "raster/color_format.h"

#include <stddef.h>
#include <string.h>

#include "format/format.h"
#include "raster/raster.h"
#include "raster/zs_format.h"

bool
pum_color_format_get(uint16_t format, struct pum_color_format *out)
{
    memset(out, 0, sizeof(*out));
    if (format == PUM_FORMAT_NONE || format >= PUM_FORMAT_COUNT) {
        return false;
    }
    const struct pum_format_info *f = pum_format_info((enum pum_format)format);
    if (f->depth || f->stencil || f->block_w != 1 || f->block_h != 1 || f->block_B > 16 || f->block_B == 3 || f->block_B == 6) {
        return false;
    }
    switch ((enum pum_channel_type)f->type) {
    case PUM_UNORM:
        out->kind = PUM_COLOR_UNORM;
        break;
    case PUM_SNORM:
        out->kind = PUM_COLOR_SNORM;
        break;
    case PUM_UINT:
        out->kind = PUM_COLOR_UINT;
        break;
    case PUM_SINT:
        out->kind = PUM_COLOR_SINT;
        break;
    case PUM_FLOAT:
    case PUM_UFLOAT:
        out->kind = PUM_COLOR_FLOAT;
        break;
    case PUM_SRGB:
        out->kind = PUM_COLOR_SRGB;
        break;
    case PUM_SHARED_EXP:
    case PUM_USCALED:
    case PUM_SSCALED:
    default:
        return false;
    }
    out->texel_B = f->block_B;
    for (uint32_t i = 0; i < f->n_channels; i++) {
        const struct pum_channel *c = &f->channels[i];
        if (c->component > 3) {
            return false;
        }
        out->bits[c->component] = c->bits;
        out->word[c->component] = c->shift / 32;
        out->shift[c->component] = c->shift % 32;
    }
    return true;
}

enum pum_z_format
pum_raster_z_format(uint16_t format)
{
    if (format == PUM_FORMAT_D16_UNORM || format == PUM_FORMAT_D16_UNORM_S8_UINT) {
        return PUM_Z_D16;
    }
    if (format == PUM_FORMAT_X8_D24_UNORM_PACK32 || format == PUM_FORMAT_D24_UNORM_S8_UINT) {
        return PUM_Z_D24;
    }
    return format == PUM_FORMAT_D32_SFLOAT || format == PUM_FORMAT_D32_SFLOAT_S8_UINT ? PUM_Z_D32F : PUM_Z_NONE;
}

bool
pum_raster_is_stencil_format(uint16_t format)
{
    return format == PUM_FORMAT_S8_UINT;
}
