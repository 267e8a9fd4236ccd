#version 450
layout(location = 0) out vec4 o;
/* gl_SampleID is in the interface of the entry point, but nothing loads it. */
void main()
{
    o = vec4(gl_FragCoord.xy, 0, 1);
    gl_SampleID;
}
