#include "tests/unit/expectations_test.hpp"

namespace scenarios::engine {
namespace {

class ToolCalled : public Expectations {
 protected:
  void came_back(Duration at, const std::string& tool, const std::string& arguments,
                 const std::string& output) {
    session_.tool_outputs.push_back({kStart + at, "call_1", tool, output, arguments});
  }
  static ToolCalledCheck called(std::string name) {
    ToolCalledCheck check;
    check.name = std::move(name);
    return check;
  }
};

TEST_F(ToolCalled, NeedsAnOutputThatCameBack) {
  EXPECT_EQ(outcome(called("lookup")).why, "0 such calls of 'lookup' came back");

  openai::ResponseFacts response;
  response.items.push_back({"item_1", false, "lookup", "", "", 0});
  session_.responses.push_back(response);
  EXPECT_EQ(outcome(called("lookup")).why,
            "0 such calls of 'lookup' came back; the model called it, and was told nothing");

  came_back(2s, "lookup", "{}", "sold out");
  EXPECT_TRUE(outcome(called("lookup")).passed());
  EXPECT_EQ(outcome(called("book")).why,
            "0 such calls of 'book' came back; there came back lookup {}: 'sold out'");
}

TEST_F(ToolCalled, IsAllThatIsSaidOfIt) {
  came_back(2s, "lookup", R"({"number":17,"who":{"name":"Dana","age":30}})", R"({"ok":true,"left":3})");
  ToolCalledCheck check = called("lookup");
  check.arguments = R"({"who":{"name":"Dana"}})";
  check.output = "left";
  check.output_json = R"({"ok":true})";
  EXPECT_TRUE(outcome(check).passed()) << outcome(check).why;

  check.arguments = R"({"number":18})";
  EXPECT_THAT(outcome(check).why, HasSubstr("0 such calls of 'lookup' came back; there came back lookup {"));
  check.arguments.reset();
  check.output_json = R"({"ok":false})";
  EXPECT_FALSE(outcome(check).passed());
  check.output_json.reset();
  check.output = "right";
  EXPECT_FALSE(outcome(check).passed());
}

TEST_F(ToolCalled, ArgumentsThatAreNoJsonHoldNothing) {
  came_back(2s, "lookup", "{\"numb", "failed");
  ToolCalledCheck check = called("lookup");
  EXPECT_TRUE(outcome(check).passed());
  check.arguments = R"({"number":17})";
  EXPECT_FALSE(outcome(check).passed());
}

TEST_F(ToolCalled, IsCounted) {
  came_back(2s, "lookup", "{}", "");
  came_back(5s, "lookup", "{}", "");
  ToolCalledCheck check = called("lookup");
  check.times = 2;
  EXPECT_TRUE(outcome(check).passed());
  EXPECT_TRUE(outcome(called("lookup"), window(Window::Mode::within, 0s, 3s)).passed());
  EXPECT_FALSE(outcome(check, window(Window::Mode::within, 0s, 3s)).passed());
  check.times = 0;
  EXPECT_FALSE(outcome(check).passed());
  check.name = "book";
  EXPECT_TRUE(outcome(check).passed());
}

TEST_F(ToolCalled, NeverMeansNotEvenAskedFor) {
  openai::ResponseFacts response;
  response.due_at = kStart + 2s;
  response.items.push_back({"item_1", false, "lookup", "", "", 0, R"({"number":17})"});
  session_.responses.push_back(response);
  ToolCalledCheck check = called("lookup");
  check.times = 0;
  EXPECT_EQ(outcome(check).why, "the model called 'lookup' once");
  EXPECT_TRUE(outcome(check, window(Window::Mode::within, 0s, 1s)).passed());
  check.arguments = R"({"number":18})";
  EXPECT_TRUE(outcome(check).passed()) << outcome(check).why;
  check.arguments = R"({"number":17})";
  EXPECT_FALSE(outcome(check).passed());
  check.output = "sold out";
  EXPECT_TRUE(outcome(check).passed()) << "that came back of none";
}

TEST_F(ToolCalled, AMissOutsideOfItsWindowIsTold) {
  came_back(5s, "lookup", "{}", "");

  const auto early = outcome(called("lookup"), window(Window::Mode::within, 0s, 3s));

  EXPECT_EQ(early.why, "0 such calls of 'lookup' came back in that time");
  EXPECT_EQ(early.nearest_miss, "one came back at 5.00 s");
}

}  // namespace
}  // namespace scenarios::engine
