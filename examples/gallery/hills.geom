#version 450
/* Each triangle learns its own slope and where its edges are. */
layout(triangles) in;
layout(triangle_strip, max_vertices = 3) out;
layout(location = 0) in vec3 position[];
layout(location = 0) out vec3 edges;
layout(location = 1) out float height;
layout(location = 2) flat out float light;
void main()
{
    vec3 n = normalize(cross(position[1] - position[0], position[2] - position[0]));
    for (int i = 0; i < 3; i++) {
        edges = vec3(i == 0, i == 1, i == 2);
        height = position[i].y;
        light = 0.35 + 0.65 * max(dot(n.y < 0.0 ? -n : n, normalize(vec3(-0.6, 0.7, -0.3))), 0.0);
        gl_Position = gl_in[i].gl_Position;
        EmitVertex();
    }
}
