add_executable(jit_bench ${CMAKE_CURRENT_SOURCE_DIR}/jit_bench.c $<TARGET_OBJECTS:pum_test_jit_kit> $<TARGET_OBJECTS:pum_jit>
  $<TARGET_OBJECTS:pum_ir> $<TARGET_OBJECTS:pum_util>)
pum_configure(jit_bench)
target_link_libraries(jit_bench PRIVATE Threads::Threads m ${CMAKE_DL_LIBS})
target_link_options(jit_bench PRIVATE ${PUM_SANITIZE_FLAGS})
add_dependencies(jit_bench pumice_jit)
add_test(NAME jit_bench COMMAND jit_bench)
set_tests_properties(jit_bench PROPERTIES ENVIRONMENT "PUMICE_JIT_LIBRARY=$<TARGET_FILE:pumice_jit>")
