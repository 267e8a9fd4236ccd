#version 450
#extension GL_GOOGLE_include_directive : require
/* A strip of seven vertices for the first point, that are those of the scene; nothing for others. */
#include "bary.glsl"
layout(points) in;
layout(triangle_strip, max_vertices = 7) out;
layout(location = 0) out vec2 value;
layout(location = 1) noperspective out float flat_value;
layout(location = 2) flat out uint id;
layout(location = 3) flat out dvec2 wide;
out gl_PerVertex { vec4 gl_Position; float gl_PointSize; float gl_ClipDistance[1]; };
void main()
{
    for (uint i = 0u; i < 7u && gl_PrimitiveIDIn == 0; i++) {
        value = vec2(float(i * i % 11u), 5.0 - float(i));
        flat_value = float(i * 7u % 5u);
        id = i;
        wide = dvec2(double(i) * 1.0000000001LF, -double(i));
        gl_Position = place(i);
        gl_PointSize = 1.0;
        gl_ClipDistance[0] = clip == 1u ? gl_Position.y + 0.3 * gl_Position.w : 1.0;
        gl_PrimitiveID = int(i); /* of the primitive whose provoking vertex this is */
        EmitVertex();
    }
}
