#version 450
/* Corners of 12 x 12 patches. */
layout(location = 0) out vec2 place;
void main()
{
    int patch_number = gl_VertexIndex / 4, corner = gl_VertexIndex % 4;
    place = vec2(patch_number % 12 + corner % 2, patch_number / 12 + corner / 2) / 12.0;
}
