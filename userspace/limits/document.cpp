// SPDX-License-Identifier: MIT
#include "limits/document.h"

#include <algorithm>
#include <yaml-cpp/yaml.h>

namespace slotscope::limits {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kMostNodes = 200'000;
constexpr int kDeepest = 64;

struct TooMuch {
    std::string what;
    int line = 0;
};

class Converter {
  public:
    Node convert(const YAML::Node& from, int depth)
    {
        Node node;
        node.line = from.Mark().line + 1;
        if (++nodes_ > kMostNodes)
            throw TooMuch{"there are more than " + std::to_string(kMostNodes) + " values", node.line};
        if (depth > kDeepest)
            throw TooMuch{"values are nested too deeply", node.line};
        if (from.IsScalar()) {
            node.kind = Node::Kind::scalar;
            node.text = from.Scalar();
        } else if (from.IsSequence()) {
            node.kind = Node::Kind::list;
            for (const YAML::Node& each : from)
                node.items.push_back(convert(each, depth + 1));
        } else if (from.IsMap()) {
            node.kind = Node::Kind::map;
            for (const auto& each : from) {
                Node value = convert(each.second, depth + 1);
                if (!each.first.IsScalar())
                    continue;
                if (value.kind != Node::Kind::scalar) // the line of the name, where people look
                    value.line = each.first.Mark().line + 1;
                node.members.emplace_back(each.first.Scalar(), std::move(value));
            }
        }
        return node;
    }

  private:
    std::size_t nodes_ = 0;
};

} // namespace

const Node& Node::operator[](std::string_view name) const
{
    static const Node kNothing;
    for (const auto& [own, value] : members)
        if (own == name)
            return value;
    for (const auto& [own, value] : members) {
        if (own != "<<")
            continue;
        if (const Node& merged = value[name])
            return merged;
        for (const Node& each : value.items)
            if (const Node& merged = each[name])
                return merged;
    }
    return kNothing;
}

const Node& Node::at(std::initializer_list<std::string_view> path) const
{
    const Node* node = this;
    for (const std::string_view name : path)
        node = &(*node)[name];
    return *node;
}

Documents parse_documents(std::string_view text)
{
    Documents documents;
    if (text.size() > kMostBytes) {
        documents.wrong = "there are more than " + std::to_string(kMostBytes) + " bytes";
        return documents;
    }
    try {
        Converter converter;
        for (const YAML::Node& each : YAML::LoadAll(std::string(text)))
            documents.list.push_back(converter.convert(each, 0));
    } catch (const TooMuch& error) {
        documents.wrong = error.what;
        documents.line = error.line;
    } catch (const YAML::Exception& error) {
        documents.wrong = error.msg;
        documents.line = error.mark.line + 1;
    } catch (const std::exception& error) {
        documents.wrong = error.what();
    }
    return documents;
}

} // namespace slotscope::limits
