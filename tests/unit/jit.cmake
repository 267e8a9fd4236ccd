# Tests of the code generator (src/jit). They load libpumice_jit.so from the build folder, where the driver would find it, too.
add_library(pum_test_jit_kit OBJECT jit_kit.c)
pum_configure(pum_test_jit_kit)
set(tex2d_stub ${CMAKE_CURRENT_BINARY_DIR}/tex2d_stub.o)
add_custom_command(OUTPUT ${tex2d_stub}
  COMMAND ${PUM_CLANG_PATH} -std=c17 -march=x86-64-v4 -O2 -ffp-contract=off -fPIC -mprefer-vector-width=512 -Wall -Wextra -Wno-psabi -Werror
    -I${CMAKE_SOURCE_DIR}/src -MD -MF ${tex2d_stub}.d -c ${CMAKE_CURRENT_SOURCE_DIR}/tex2d_stub.c -o ${tex2d_stub}
  DEPENDS tex2d_stub.c DEPFILE ${tex2d_stub}.d)
set_source_files_properties(${tex2d_stub} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
function(pum_jit_test name)
  add_executable(${name} ${name}.c $<TARGET_OBJECTS:pum_test_jit_kit> $<TARGET_OBJECTS:pum_jit> $<TARGET_OBJECTS:pum_ir>
    $<TARGET_OBJECTS:pum_util>)
  pum_configure(${name})
  target_link_libraries(${name} PRIVATE Threads::Threads m ${CMAKE_DL_LIBS})
  target_link_options(${name} PRIVATE ${PUM_SANITIZE_FLAGS})
  add_dependencies(${name} pumice_jit)
  add_test(NAME ${name} COMMAND ${name} ${ARGN})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "PUMICE_JIT_LIBRARY=$<TARGET_FILE:pumice_jit>;PUMICE_DEBUG=verify" SKIP_RETURN_CODE 77)
endfunction()
pum_jit_test(test_jit_ops)
pum_jit_test(test_jit_random)
pum_jit_test(test_jit_flow)
pum_jit_test(test_jit_stages)
target_sources(test_jit_stages PRIVATE ${tex2d_stub})
pum_jit_test(test_code_pages)
