#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_ARB_fragment_shader_interlock : require
#extension GL_EXT_multiview : require
layout(sample_interlock_unordered) in;
#include "interlock.glsl"
