# Tests of format/ and rt/: every ISA level that the machine has, compared bit by bit and with references in double precision.
get_property(rt_extra GLOBAL PROPERTY PUM_RT_KERNELS)
set_source_files_properties(${rt_extra} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
function(pum_rt_test name)
  add_executable(${name} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.c $<TARGET_OBJECTS:pum_rt> $<TARGET_OBJECTS:pum_format> $<TARGET_OBJECTS:pum_util>
    ${rt_extra})
  pum_configure(${name})
  target_link_libraries(${name} PRIVATE Threads::Threads m)
  target_link_options(${name} PRIVATE ${PUM_SANITIZE_FLAGS})
  add_dependencies(${name} pum_rt_objects)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
pum_rt_test(test_rt_math)
pum_rt_test(test_rt_sample)
