#version 450
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) buffer Out { uint result[]; };
layout(set = 1, binding = 0) uniform A { uint a; };
layout(set = 2, binding = 3) uniform B { uint b; };
layout(set = 3, binding = 0) uniform C { uint c; };
layout(push_constant) uniform Push { uint at; };
void main()
{
    result[at * 3u] = a;
    result[at * 3u + 1u] = b;
    result[at * 3u + 2u] = c;
}
