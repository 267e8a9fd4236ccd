#version 450
#extension GL_EXT_debug_printf : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 1) in;
layout(push_constant) uniform Push { int i; uint u; float f; uint pad; vec4 v; ivec3 w; };
void main()
{
    debugPrintfEXT("plain text, 100%%");
    debugPrintfEXT("%d %i %u %x %X %o", i, i, u, u, u, u);
    debugPrintfEXT("[%6d] [%-6d] [%06d] [%+d] [%#x]", i, i, i, i, u);
    debugPrintfEXT("%f %.2f %8.3f %e %g", f, f, f, f, f);
    debugPrintfEXT("%v4f|%1.2v4f|%v2f", v, v, v.xy);
    debugPrintfEXT("%v3d|%v3u|%v2x", w, uvec3(w), uvec2(w.yz));
    debugPrintfEXT("%lu %ul %lx %ld", (uint64_t(u) << 32) | 5ul, uint64_t(u), 0xfedcba9876543210ul, int64_t(i) << 33);
    debugPrintfEXT("%f %.10f", double(f), double(f) / 3.0lf);
    debugPrintfEXT("%d %u %d %f", int8_t(i), uint16_t(u), int16_t(i), float16_t(f));
    debugPrintfEXT("%d %d", i == 0, i != 0);
    debugPrintfEXT("%d %f %s %q %", f, i, u); /* of other types, unknown */
    debugPrintfEXT("%d %v4d", i);             /* too few */
    debugPrintfEXT("%d", i, u, f);            /* too many */
    debugPrintfEXT("%v4d", w);                /* fewer components */
    debugPrintfEXT("%300d|%.300f", i, f);     /* wider than any */
    debugPrintfEXT("");
    debugPrintfEXT("two\nlines");
}
