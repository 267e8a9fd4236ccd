# Tests of format/ and rt/: every ISA level that the machine has, compared bit by bit and with references in double precision.
get_property(rt_extra GLOBAL PROPERTY PUM_RT_KERNELS)
set_source_files_properties(${rt_extra} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
function(pum_rt_test name)
  add_executable(${name} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.c $<TARGET_OBJECTS:pum_rt> $<TARGET_OBJECTS:pum_format> $<TARGET_OBJECTS:pum_util>
    ${rt_extra} ${ARGN})
  pum_configure(${name})
  target_link_libraries(${name} PRIVATE Threads::Threads m)
  target_link_options(${name} PRIVATE ${PUM_SANITIZE_FLAGS})
  add_dependencies(${name} pum_rt_objects)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
pum_rt_test(test_format)
pum_rt_test(test_rt_math)
set(call_tex2d ${CMAKE_CURRENT_BINARY_DIR}/call_tex2d.o)
add_custom_command(OUTPUT ${call_tex2d}
  COMMAND ${PUM_CLANG_PATH} -std=c17 -march=x86-64-v4 -O2 -ffp-contract=off -fPIC -mprefer-vector-width=512 -Wall -Wextra -Wno-psabi -Werror
    -I${CMAKE_SOURCE_DIR}/src -MD -MF ${call_tex2d}.d -c ${CMAKE_CURRENT_SOURCE_DIR}/call_tex2d.c -o ${call_tex2d}
  DEPENDS call_tex2d.c DEPFILE ${call_tex2d}.d)
set_source_files_properties(${call_tex2d} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
pum_rt_test(test_rt_sample ${call_tex2d})
