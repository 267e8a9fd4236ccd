#version 450
layout(location=0) in vec2 uv; layout(location=1) flat in ivec4 id;
layout(location=0) out vec4 c;
layout(set=0,binding=1) uniform sampler2D t[4];
layout(set=0,binding=2) uniform sampler2DArrayShadow sh;
layout(set=0,binding=3) uniform texture3D t3; layout(set=0,binding=4) uniform sampler ss;
layout(set=0,binding=5,rgba8) uniform image2D im;
layout(set=0,binding=6) uniform usamplerBuffer tb;
vec4 pick(vec2 x) { for (int i = 0; i < 8; i++) { if (x.x > float(i)) return vec4(i); if (x.y > 3.0) continue; x += 0.5; if (x.x > 9.0) break; } return vec4(x, 0, 1); }
void main() {
  if (uv.x < 0.1) discard;
  c = texture(t[id.x & 3], uv) + textureLod(t[1], uv, 2.0) + textureGrad(t[0], uv, dFdx(uv), dFdyFine(uv)) + texture(sampler3D(t3, ss), vec3(uv, 1));
  c.x += texture(sh, vec4(uv, 1, 0.5)); c += textureGather(t[0], uv, 1) + textureOffset(t[2], uv, ivec2(1,-1)) + textureProj(t[0], vec3(uv, 2));
  c += imageLoad(im, ivec2(gl_FragCoord.xy)); imageStore(im, ivec2(1), c);
  c += vec4(texelFetch(tb, id.y)) + vec4(textureSize(t[0], 1), textureQueryLevels(t[0]), textureQueryLod(t[0], uv).x);
  switch (id.z) { case 0: c *= 2; break; case 1: c.x = 1; case 2: c.y = 3; break; default: c = pick(uv); }
  gl_FragDepth = c.x;
}
