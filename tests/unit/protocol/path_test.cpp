// SPDX-License-Identifier: MIT
#include "protocol/path.h"

#include <gtest/gtest.h>

namespace slotscope::protocol {
namespace {

struct PathCase {
    const char* path;
    const char* expected;
};

class PathTemplate : public testing::TestWithParam<PathCase> {};

TEST_P(PathTemplate, FoldsIdentifiersOnly)
{
    EXPECT_EQ(path_template(GetParam().path, false), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Paths, PathTemplate,
    testing::Values(
        PathCase{"/", "/"}, PathCase{"/report/12", "/report/{id}"}, PathCase{"/report/12/", "/report/{id}/"},
        PathCase{"/users/4711/orders/17", "/users/{id}/orders/{id}"}, PathCase{"/a?token=secret", "/a"},
        PathCase{"/a#part", "/a"}, PathCase{"/a;jsessionid=F00/b", "/a/b"}, PathCase{"*", "*"},
        PathCase{"http://host:8080/x/1?y", "/x/{id}"}, PathCase{"https://host", "/"},
        PathCase{"/f/0a1b2c3d", "/f/{id}"}, PathCase{"/f/550e8400-e29b-41d4-a716-446655440000", "/f/{id}"},
        PathCase{"/2026-11-21/log", "/{id}/log"}, PathCase{"/mail/bob@example.org", "/mail/{id}"},
        PathCase{"/s/J%C3%BCrgen", "/s/{id}"}, PathCase{"/img/photo-20411.jpg", "/img/{id}.jpg"},
        PathCase{"/img/7.png", "/img/{id}.png"},
        PathCase{"/t/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "/t/{id}"},
        PathCase{"/t/aVeryLongTokenWithoutAnyDigitInItAtAll", "/t/{id}"},
        // what names of routes look like
        PathCase{"/api/v2/users", "/api/v2/users"}, PathCase{"/oauth2/token", "/oauth2/token"},
        PathCase{"/index.php", "/index.php"}, PathCase{"/static/app.min.js", "/static/app.min.js"},
        PathCase{"/wp-admin/admin-ajax.php", "/wp-admin/admin-ajax.php"}, PathCase{"/feedbeef", "/feedbeef"},
        PathCase{"/.well-known/x", "/.well-known/x"}, PathCase{"//a", "//a"}));

TEST(PathTemplateCut, LeavesOutTheSegmentThatMayNotBeWhole)
{
    EXPECT_EQ(path_template("/report/12", true), "/report/…");
    EXPECT_EQ(path_template("/report/12?x", true), "/report/{id}"); // the path itself is whole
    EXPECT_EQ(path_template("", true), "…");
}

TEST(PathTemplate, NeverShowsWhatIsNoPath)
{
    EXPECT_EQ(path_template("secret", false), "/{id}");
    EXPECT_EQ(path_template("", false), "/{id}");
}

TEST(PathTemplate, OfManySegmentsIsBounded)
{
    std::string path;
    for (int i = 0; i < 40; ++i)
        path += "/a";
    EXPECT_EQ(path_template(path, false), "/a/a/a/a/a/a/a/a/a/a/a/a/…");
}

} // namespace
} // namespace slotscope::protocol
