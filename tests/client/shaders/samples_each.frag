#version 450
layout(location = 1) in vec2 place;
layout(location = 0) out vec4 o;
layout(location = 1) out vec4 o1;
layout(location = 2) out vec4 o2;
void main()
{
    o = vec4(gl_SampleID, gl_SamplePosition, gl_SampleMaskIn[0]);
    o1 = vec4(gl_FragCoord.xy, place);
    o2 = vec4(interpolateAtOffset(place, vec2(0)), interpolateAtCentroid(place));
}
