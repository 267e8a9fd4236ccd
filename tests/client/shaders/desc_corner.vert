#version 450
/* A triangle over the upper left half: blocks of pixels that it covers in part. */
void main()
{
    gl_Position = vec4(gl_VertexIndex == 1 ? 1 : -1, gl_VertexIndex == 2 ? 1 : -1, 0.5, 1);
}
