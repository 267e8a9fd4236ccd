#version 450
layout(vertices = 4) out;
layout(location = 0) in vec4 d[];
layout(location = 0) out vec4 e[];
layout(location = 1) patch out float number;
layout(push_constant) uniform P { float level; };
void main()
{
    e[gl_InvocationID] = d[gl_InvocationID] + vec4(0.0, 0.0, 2.0, 0.0);
    number = float(gl_PrimitiveID);
    gl_TessLevelOuter[0] = gl_TessLevelOuter[1] = gl_TessLevelOuter[2] = gl_TessLevelOuter[3] = level;
    gl_TessLevelInner[0] = gl_TessLevelInner[1] = level;
}
