#version 450
layout(push_constant) uniform Push { uint mode; };
layout(binding = 0) buffer Data { uint rounds, go, after; };
layout(location = 0) out vec4 o;
void main()
{
    while (mode == 5u && gl_FragCoord.x > 70.0 && go == 1u) {
        atomicAdd(rounds, 1u);
    }
    o = vec4(1);
}
