#version 450
layout(location = 1) in vec2 place;
layout(location = 2) noperspective centroid in vec2 place_centroid;
layout(location = 3) noperspective in vec2 place_screen;
layout(location = 0) out vec4 o;
layout(location = 1) out vec4 o1;
layout(location = 2) out vec4 o2;
void main()
{
    o = vec4(place_centroid, place_screen);
    o1 = vec4(interpolateAtCentroid(place_screen), interpolateAtSample(place_screen, 1));
    o2 = vec4(interpolateAtOffset(place, vec2(0.25, -0.25)), float(gl_SampleMaskIn[0]), place.x);
}
