#version 450
layout(local_size_x = 1) in;
layout(binding = 0) buffer Out { uvec4 result[]; };
layout(binding = 1) uniform Inline { uvec4 a; uvec4 b; uvec4 c[2]; };
void main()
{
    result[0] = a;
    result[1] = b;
    result[2] = c[0];
    result[3] = c[1];
}
