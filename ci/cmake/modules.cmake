# A folder is a line: add_module, add_suite, add_bench, add_fuzzer. Flags every target of ours gets live in
# project_options; sanitizers come from the presets; third-party headers stay SYSTEM.
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

find_program(LINECHECK_CCACHE ccache)
if(LINECHECK_CCACHE)
  # What a file includes is read from the compiler: a first build does not preprocess everything twice. Paths
  # are relative to the checkout, so that clones share what one has compiled, but for files compiled together.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_DEPEND=1 ${LINECHECK_CCACHE})
endif()

add_library(project_options INTERFACE)
target_compile_features(project_options INTERFACE cxx_std_20)
target_include_directories(project_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(project_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Werror
  # False alarms: on Asio's coroutine frames, and on TSan's missing support for fences.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete;-Wno-tsan>
  # gcc collects no garbage below this size of its heap, in kB: a file compiles in 5 to 20 % less time, and
  # takes up to 1 GB.
  "$<$<CXX_COMPILER_ID:GNU>:SHELL:--param ggc-min-heapsize=1000000>"
  # clang 14 reads libstdc++'s coroutines only when told that it may.
  $<$<CXX_COMPILER_ID:Clang>:-D__cpp_impl_coroutine=201902L>
  # The schema is one literal.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-overlength-strings>)

set(LINECHECK_SANITIZE "" CACHE STRING "value for -fsanitize=, empty for none")
if(LINECHECK_SANITIZE)
  set(sanitize -fsanitize=${LINECHECK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    list(APPEND sanitize -fno-sanitize=function)
  elseif(LINECHECK_SANITIZE MATCHES "address.*undefined")
    # AddressSanitizer sees most of what these four would, and they double what gcc needs to compile a file
    # (51 CPU-seconds against 28) and the size of the code. The ubsan preset has them.
    list(APPEND sanitize -fno-sanitize=null,alignment,object-size,vptr)
  endif()
  target_compile_options(project_options INTERFACE ${sanitize})
  target_link_options(project_options INTERFACE ${sanitize})
endif()

find_program(LINECHECK_MOLD mold)
if(LINECHECK_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()

# Asio's, Beast's and Boost.URL's non-template code is compiled once, here.
add_library(asio INTERFACE)
target_compile_definitions(asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_URL_NO_LIB BOOST_URL_STATIC_LINK=1)
target_link_libraries(asio INTERFACE Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/asio_impl.cpp CONTENT
  "#include <boost/asio/impl/src.hpp>\n#include <boost/asio/ssl/impl/src.hpp>\n#include <boost/beast/src.hpp>\n")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/url_impl.cpp CONTENT "#include <boost/url/src.hpp>\n")
add_library(asio_impl STATIC EXCLUDE_FROM_ALL
  ${PROJECT_BINARY_DIR}/asio_impl.cpp ${PROJECT_BINARY_DIR}/url_impl.cpp)
target_link_libraries(asio_impl PUBLIC asio)
target_compile_features(asio_impl PUBLIC cxx_std_20)
if(LINECHECK_SANITIZE)
  target_compile_options(asio_impl PRIVATE ${sanitize})
endif()

# Most of a file's compile time goes into the headers and templates that its neighbours use as well: the files
# of a module are compiled as one, up to `batch` of them, which takes a clean build from an hour to minutes
# (twelve files of bridge/call: 43 CPU-seconds by threes, 21 together). Names in anonymous namespaces must
# differ within a module; a file that cannot have that is named under ALONE.
option(LINECHECK_UNITY "compile several files of a module at once" ON)
function(compile_together target batch)
  if(NOT LINECHECK_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${batch})
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  # A class may hold what its own file keeps to itself; gcc takes the joined file for a header there.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()

function(cold target)
  # With less analysis gcc 12 takes std::optional's value for uninitialised.
  target_compile_options(${target} PRIVATE "$<$<CONFIG:RelWithDebInfo>:-O1;$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>>")
endfunction()

# add_module(bridge_call SOURCES ... DEPS public... PRIVATE_DEPS ...): one static library per folder.
# Sources are named relative to the folder that holds the CMakeLists.txt. TOGETHER n: the batch, see above;
# smaller where one edited file has to be compiled soon. COLD: no frame of audio passes through in a live
# call; it is optimised less, which takes a third of its compile time away.
function(add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 M "HEADERS_ONLY;COLD" "TOGETHER" "SOURCES;DEPS;PRIVATE_DEPS;ALONE")
  if(M_HEADERS_ONLY)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE project_options ${M_DEPS})
    return()
  endif()
  add_library(${name} STATIC ${M_SOURCES})
  target_link_libraries(${name} PUBLIC project_options ${M_DEPS} PRIVATE ${M_PRIVATE_DEPS})
  if(M_COLD)
    cold(${name})
  endif()
  if(NOT M_TOGETHER)
    set(M_TOGETHER 16)
  endif()
  compile_together(${name} ${M_TOGETHER} ${M_ALONE})
endfunction()

# What a test's compile time buys should be about the code under test, which is compiled as the preset has
# it: a test itself is not optimised, has no line numbers, and is watched for memory, by calls in place of
# code, but not for undefined behaviour. Linked behind project_options, whose flags these take back.
add_library(test_options INTERFACE)
target_compile_options(test_options INTERFACE -O0 $<$<NOT:$<CONFIG:Debug>>:-g0>)
if(LINECHECK_SANITIZE MATCHES undefined)
  target_compile_options(test_options INTERFACE -g0 -fno-sanitize=undefined)
endif()
if(LINECHECK_SANITIZE MATCHES address AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(test_options INTERFACE "SHELL:--param asan-instrumentation-with-call-threshold=0")
endif()

# For ctest a suite is one test, or SHARDS of them: a process for each case would take as long again as the
# cases. One case: build/PRESET/bin/SUITE --gtest_filter=...
function(add_suite name)
  cmake_parse_arguments(PARSE_ARGV 1 M "" "LABEL;SHARDS" "SOURCES;DEPS;ALONE")
  add_executable(${name} ${M_SOURCES})
  target_link_libraries(${name} PRIVATE ${M_DEPS} project_options test_options GTest::gmock_main)
  compile_together(${name} 16 ${M_ALONE})
  if(NOT M_SHARDS)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${M_LABEL} TIMEOUT 600)
    return()
  endif()
  foreach(shard RANGE 1 ${M_SHARDS})
    math(EXPR index "${shard} - 1")
    add_test(NAME ${name}_${shard} COMMAND ${name})
    set_tests_properties(${name}_${shard} PROPERTIES LABELS ${M_LABEL} TIMEOUT 600 COST 100
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${M_SHARDS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()

function(add_bench name)
  cmake_parse_arguments(PARSE_ARGV 1 M "" "" "SOURCES;DEPS")
  add_executable(${name} EXCLUDE_FROM_ALL ${M_SOURCES})
  target_link_libraries(${name} PRIVATE ${M_DEPS} project_options)
endfunction()

# With the fuzz preset: a libFuzzer binary. Always: a test that replays the committed corpus.
option(LINECHECK_FUZZ "build libFuzzer binaries (clang only)" OFF)
if(LINECHECK_FUZZ)
  # What is linked into a fuzzer reports its coverage too, or the fuzzer would search blindly.
  target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
add_custom_target(fuzzers)
function(add_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 M "" "CORPUS" "SOURCES;DEPS")
  add_executable(${name} ${M_SOURCES})
  target_link_libraries(${name} PRIVATE ${M_DEPS} project_options)
  add_dependencies(fuzzers ${name})
  set(corpus ${PROJECT_SOURCE_DIR}/${M_CORPUS})
  if(LINECHECK_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${name}_corpus COMMAND ${name} -runs=0 ${corpus})
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    add_test(NAME ${name}_corpus COMMAND ${name} ${corpus})
  endif()
  set_tests_properties(${name}_corpus PROPERTIES LABELS fuzz)
endfunction()

