#version 450
/* The nearer an edge, the finer: neighbours find the same level for the edge they share. */
layout(vertices = 4) out;
layout(location = 0) in vec2 place[];
layout(location = 0) out vec2 corner[];
float level(int a, int b)
{
    return 3.0 / (0.15 + distance((place[a] + place[b]) * 0.5, vec2(0.5, -0.1)));
}
void main()
{
    corner[gl_InvocationID] = place[gl_InvocationID];
    if (gl_InvocationID == 0) {
        gl_TessLevelOuter[0] = level(0, 2);
        gl_TessLevelOuter[1] = level(0, 1);
        gl_TessLevelOuter[2] = level(1, 3);
        gl_TessLevelOuter[3] = level(2, 3);
        gl_TessLevelInner[0] = (gl_TessLevelOuter[1] + gl_TessLevelOuter[3]) * 0.5;
        gl_TessLevelInner[1] = (gl_TessLevelOuter[0] + gl_TessLevelOuter[2]) * 0.5;
    }
}
