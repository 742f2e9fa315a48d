// SPDX-License-Identifier: MIT
#include "protocol/sql.h"

#include <gtest/gtest.h>
#include <string>

namespace slotscope::protocol {
namespace {

struct SqlCase {
    const char* statement;
    const char* expected;
};

class Postgresql : public testing::TestWithParam<SqlCase> {};
class Mysql : public testing::TestWithParam<SqlCase> {};

TEST_P(Postgresql, LosesItsLiterals)
{
    EXPECT_EQ(sql_template(GetParam().statement, kPostgresql, false), GetParam().expected);
}

TEST_P(Mysql, LosesItsLiterals)
{
    EXPECT_EQ(sql_template(GetParam().statement, kMysql, false), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Statements, Postgresql,
    testing::Values(
        SqlCase{"SELECT name FROM users WHERE id = 7 AND mail = 'x@y'",
                "SELECT name FROM users WHERE id = ? AND mail = ?"},
        SqlCase{"select 1;", "select ?"}, SqlCase{"SELECT 'it''s' , 2", "SELECT ? , ?"},
        SqlCase{"SELECT E'it\\'s secret' FROM t", "SELECT ? FROM t"},
        SqlCase{"SELECT $$secret$$, $a$ $$ $a$ x", "SELECT ?, ? x"}, SqlCase{"SELECT $1, $2", "SELECT ?, ?"},
        SqlCase{"SELECT a -- secret\n FROM t /* more /* nested */ secret */ WHERE b",
                "SELECT a FROM t WHERE b"},
        SqlCase{"SELECT * FROM \"Or\"\"ders\" WHERE x=-5", "SELECT * FROM \"Or\"\"ders\" WHERE x=?"},
        SqlCase{"SELECT a-5 FROM t", "SELECT a-? FROM t"},
        SqlCase{"SELECT 1.5e-3, .5, 0x1F", "SELECT ?, ?, ?"},
        SqlCase{"SELECT a FROM t WHERE b IN (1, 2,3)", "SELECT a FROM t WHERE b IN (…)"},
        SqlCase{"INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y'), (3, 'z')",
                "INSERT INTO t (a, b) VALUES (…)"},
        SqlCase{"SELECT f(1)", "SELECT f(?)"}, SqlCase{"SELECT pg_sleep(3)", "SELECT pg_sleep(?)"},
        SqlCase{"SELECT id, name, address, city, zip FROM orders o WHERE o.id = 3",
                "SELECT … FROM orders o WHERE o.id = ?"},
        SqlCase{"SELECT (SELECT max(x) FROM inner_one), another_column FROM outer_one",
                "SELECT … FROM outer_one"},
        SqlCase{"  BEGIN  ", "BEGIN"}, SqlCase{"", ""}, SqlCase{"U&'secret' x", "? x"},
        SqlCase{"SELECT B'1', x'ff', N'n'", "SELECT ?, ?, ?"}, SqlCase{"SELECT 'a'\n'b' c", "SELECT ? c"},
        SqlCase{"ALTER USER bob PASSWORD 'secret'", "ALTER USER bob PASSWORD ?"},
        // nobody can tell what \' means without the server's settings
        SqlCase{"SELECT 'a\\', secret", "SELECT ? …"}, SqlCase{"SELECT 'a\\b', x", "SELECT ?, x"}));

INSTANTIATE_TEST_SUITE_P(
    Statements, Mysql,
    testing::Values(SqlCase{"SELECT \"secret\" FROM `or``ders` # secret\n WHERE a = \"x\"",
                            "SELECT ? FROM `or``ders` WHERE a = ?"},
                    SqlCase{"SELECT 'a\\'secret' FROM t", "SELECT ? …"},
                    SqlCase{"SELECT _utf8'secret' x, @v", "SELECT ? x, @v"},
                    SqlCase{"SET PASSWORD FOR 'bob'@'h' = 'secret'", "SET PASSWORD FOR ?@? = ?"},
                    SqlCase{"SELECT /*!40001 SQL_NO_CACHE */ * FROM t", "SELECT * FROM t"}));

void expect_no_literal(const std::string& statement, const SqlDialect& dialect)
{
    for (std::size_t size = 0; size <= statement.size(); ++size) {
        const std::string text = sql_template(statement.substr(0, size), dialect, size < statement.size());
        EXPECT_EQ(text.find("SECR"), std::string::npos) << text;
        EXPECT_EQ(text.find("47"), std::string::npos) << text;
    }
}

TEST(SqlTemplate, ShowsNoLiteralWhereverItIsCut)
{
    const std::string of_both[] = {
        "SELECT a FROM t WHERE b = 'SECRET' AND c = 'SECRET''SECRET' -- SECRET\n AND d IN ('SECRET', 3)",
        "INSERT INTO t VALUES ('SECRET', -4711, 4711.5), (x'5EC4E7', 'SECRET') /* SECRET */",
        "SELECT 'SECRET\\' , SECRET ' , SECRET",
    };
    for (const std::string& statement : of_both) {
        expect_no_literal(statement, kPostgresql);
        expect_no_literal(statement, kMysql);
    }
    expect_no_literal(
        "SELECT E'SE\\'CRET', $$SECRET$$, $tag$SECRET$tag$ /* SECRET /* SECRET */ SECRET */ FROM t",
        kPostgresql);
    expect_no_literal("SELECT \"SECRET\", a # SECRET\n FROM t WHERE b = \"SEC\"\"RET\"", kMysql);
}

TEST(SqlTemplate, CutInAWordLeavesTheWordOut)
{
    EXPECT_EQ(sql_template("SELECT a FROM orde", kPostgresql, true), "SELECT a FROM …");
    EXPECT_EQ(sql_template("SELECT a FROM orders ", kPostgresql, true), "SELECT a FROM orders …");
}

TEST(SqlTemplate, IsPrintable)
{
    EXPECT_EQ(sql_template("SELECT \x01 \xff a", kPostgresql, false), "SELECT ? ? a");
}

} // namespace
} // namespace slotscope::protocol
