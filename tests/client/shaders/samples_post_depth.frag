#version 450
#extension GL_ARB_post_depth_coverage : require
layout(early_fragment_tests) in;
layout(post_depth_coverage) in;
layout(location = 0) flat in vec4 color;
layout(location = 0) out vec4 o;
void main() { o = vec4(color.xyz, float(gl_SampleMaskIn[0])); }
