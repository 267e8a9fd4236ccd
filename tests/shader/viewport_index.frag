#version 450
/* Which viewport and layer the fragment belongs to: the capability MultiViewport without a geometry shader. */
layout(location = 0) out uvec4 where;
void main()
{
    where = uvec4(gl_ViewportIndex, 0, 0, 1);
}
