#version 450
#extension GL_EXT_debug_printf : require
layout(location = 0) out vec4 o;
void main()
{
    const ivec2 at = ivec2(gl_FragCoord.xy);
    o = vec4(dFdx(gl_FragCoord.x)); /* others of the quad are wanted, but print nothing */
    if (at.x % 2 == 1) {
        discard;
    }
    debugPrintfEXT("pixel %v2d", at);
}
