// An intrusive doubly linked list: first in, first out, removal from the middle in constant time,
// no allocation. An element is in one list at a time and leaves it when it is destroyed.
#pragma once

#include <cstddef>

namespace ltn::transport {

template <class T>
class LinkedList;

template <class T>
class ListNode {
public:
    ListNode() = default;
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;
    ~ListNode() { unlink(); }

    bool linked() const { return list_ != nullptr; }
    void unlink()
    {
        if (list_ != nullptr) list_->remove(*this);
    }

private:
    friend class LinkedList<T>;
    LinkedList<T>* list_ = nullptr;
    ListNode* previous_ = nullptr;
    ListNode* next_ = nullptr;
};

template <class T>
class LinkedList {
public:
    LinkedList() = default;
    LinkedList(const LinkedList&) = delete;
    LinkedList& operator=(const LinkedList&) = delete;
    ~LinkedList()
    {
        while (!empty()) pop_front();
    }

    bool empty() const { return first_ == nullptr; }
    size_t size() const { return size_; }
    T* front() const { return static_cast<T*>(first_); }
    static T* next(const T& item)
    {
        return static_cast<T*>(static_cast<const ListNode<T>&>(item).next_);
    }

    void push_back(T& item)
    {
        ListNode<T>& node = item;
        node.unlink();
        node.list_ = this;
        node.previous_ = last_;
        if (last_ != nullptr) {
            last_->next_ = &node;
        } else {
            first_ = &node;
        }
        last_ = &node;
        ++size_;
    }

    T* pop_front()
    {
        T* item = front();
        if (item != nullptr) remove(*item);
        return item;
    }

    void remove(ListNode<T>& node)
    {
        if (node.list_ != this) return;
        (node.previous_ != nullptr ? node.previous_->next_ : first_) = node.next_;
        (node.next_ != nullptr ? node.next_->previous_ : last_) = node.previous_;
        node.list_ = nullptr;
        node.previous_ = node.next_ = nullptr;
        --size_;
    }

private:
    ListNode<T>* first_ = nullptr;
    ListNode<T>* last_ = nullptr;
    size_t size_ = 0;
};

}  // namespace ltn::transport
