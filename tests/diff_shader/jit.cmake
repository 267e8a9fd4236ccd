# Machine code against the interpreter.
add_executable(test_jit_diff ${CMAKE_CURRENT_LIST_DIR}/test_jit_diff.c ${CMAKE_CURRENT_LIST_DIR}/gen.c $<TARGET_OBJECTS:pum_jit>
  $<TARGET_OBJECTS:pum_ir> $<TARGET_OBJECTS:pum_util>)
pum_configure(test_jit_diff)
target_link_libraries(test_jit_diff PRIVATE Threads::Threads m ${CMAKE_DL_LIBS})
target_link_options(test_jit_diff PRIVATE ${PUM_SANITIZE_FLAGS})
add_dependencies(test_jit_diff pumice_jit)
add_test(NAME test_jit_diff COMMAND test_jit_diff)
set_tests_properties(test_jit_diff PROPERTIES ENVIRONMENT "PUMICE_JIT_LIBRARY=$<TARGET_FILE:pumice_jit>;PUMICE_DEBUG=verify")
