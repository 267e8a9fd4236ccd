#version 450
layout(push_constant) uniform Push { vec4 color; };
layout(binding = 0) uniform sampler2D tex;
layout(location = 0) out vec4 o;

void main()
{
    vec4 c;
    if (gl_FragCoord.x < 8.0) {
        c = color;
    }
    o = c + texelFetch(tex, ivec2(gl_FragCoord.xy) + 1, 0); //! bounds undefined
}
