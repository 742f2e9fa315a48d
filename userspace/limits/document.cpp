// SPDX-License-Identifier: MIT
#include "limits/document.h"

#include <map>
#include <optional>
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace slotscope::limits {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kMostNodes = 200'000;
constexpr std::size_t kMostDocuments = 1000;
constexpr std::size_t kDeepest = 64;

struct Wrong {
    std::string what;
    int line = 0;
};

// Makes the tree of the parser's events. Not YAML::LoadAll: of some wrong texts (0.7: "{}}") it makes
// documents without end, and takes all memory there is.
class Builder : public YAML::EventHandler {
  public:
    std::vector<Node> documents() { return std::move(documents_); }

    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (documents_.size() == kMostDocuments)
            throw Wrong{"there are more than " + std::to_string(kMostDocuments) + " documents",
                        mark.line + 1};
        anchors_.clear();
        root_ = {};
    }
    void OnDocumentEnd() override { documents_.push_back(std::move(root_)); }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(made(mark), anchor); }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  const std::string& value) override
    {
        Node node = made(mark);
        node.kind = Node::Kind::scalar;
        node.text = value;
        add(std::move(node), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        const auto known = anchors_.find(anchor);
        if (known == anchors_.end())
            throw Wrong{"a value contains itself", mark.line + 1};
        count(known->second, mark);
        add(known->second, 0);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override
    {
        open(Node::Kind::list, mark, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override
    {
        open(Node::Kind::map, mark, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    // A list or a map that is not over.
    struct Open {
        Node node;
        YAML::anchor_t anchor = 0;
        bool at_value = false; // of a map: the name has come
        std::optional<std::string> name;
        int name_line = 0;
    };

    Node made(const YAML::Mark& mark)
    {
        count_one(mark);
        Node node;
        node.line = mark.line + 1;
        return node;
    }
    void count_one(const YAML::Mark& mark)
    {
        if (++nodes_ > kMostNodes)
            throw Wrong{"there are more than " + std::to_string(kMostNodes) + " values", mark.line + 1};
    }
    void count(const Node& node, const YAML::Mark& mark)
    {
        count_one(mark);
        for (const Node& each : node.items)
            count(each, mark);
        for (const auto& [name, value] : node.members)
            count(value, mark);
    }
    void open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor)
    {
        if (open_.size() == kDeepest)
            throw Wrong{"values are nested too deeply", mark.line + 1};
        Open opened;
        opened.node = made(mark);
        opened.node.kind = kind;
        opened.anchor = anchor;
        open_.push_back(std::move(opened));
    }
    void close()
    {
        Open closed = std::move(open_.back());
        open_.pop_back();
        add(std::move(closed.node), closed.anchor);
    }
    void add(Node node, YAML::anchor_t anchor)
    {
        if (anchor != 0)
            anchors_[anchor] = node;
        if (open_.empty())
            root_ = std::move(node);
        else if (open_.back().node.kind == Node::Kind::list)
            open_.back().node.items.push_back(std::move(node));
        else
            add_to_map(open_.back(), std::move(node));
    }
    // A name that is no scalar names nothing that anybody looks for: it is left out, with its value.
    static void add_to_map(Open& map, Node node)
    {
        map.at_value = !map.at_value;
        if (map.at_value) {
            map.name = node.kind == Node::Kind::scalar ? std::optional(node.text) : std::nullopt;
            map.name_line = node.line;
            return;
        }
        if (node.kind != Node::Kind::scalar) // the line of the name, where people look
            node.line = map.name_line;
        if (map.name)
            map.node.members.push_back({*std::move(map.name), std::move(node)});
    }

    std::vector<Node> documents_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Node> anchors_;
    Node root_;
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
    Builder builder;
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder))
            ;
    } catch (const Wrong& error) {
        documents.wrong = error.what;
        documents.line = error.line;
    } catch (const YAML::Exception& error) {
        documents.wrong = error.msg;
        documents.line = error.mark.line + 1;
    } catch (const std::exception& error) {
        documents.wrong = error.what();
    }
    documents.list = builder.documents(); // those before what is wrong
    return documents;
}

} // namespace slotscope::limits
