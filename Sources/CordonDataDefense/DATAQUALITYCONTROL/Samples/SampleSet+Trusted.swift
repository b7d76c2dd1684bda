internal import Glibc

extension SampleSet {
    /// The set with the rows of a trusted one after its own; they vote and teach, and are never alerted.
    ///
    /// - Throws: ``DataCheckFailure`` where the two hold different things.
    func joined(with trusted: SampleSet, from path: String) throws -> SampleSet {
        guard targets == nil || trusted.targets != nil || trusted.count == 0 else {
            throw DataCheckFailure("\(path): the trusted set has classes where the dataset has numbers as labels")
        }
        var grouping = grouping
        var places = Dictionary(grouping.names.enumerated().map { ($1, Int32($0)) }) { first, _ in first }
        for label in trusted.labels {
            guard label >= 0 else {
                grouping.places.append(-1)
                continue
            }
            let name = trusted.classes[Int(label)]
            let place = places[name] ?? Int32(grouping.names.count)
            if places[name] == nil {
                places[name] = place
                grouping.names.append(name)
            }
            grouping.places.append(place)
        }
        var own = targets
        if own != nil { own? += trusted.targets ?? [] }
        func padded(_ grouping: Grouping?) -> Grouping? {
            guard var grouping else { return nil }
            grouping.places += [Int32](repeating: -1, count: trusted.count)
            return grouping
        }
        return SampleSet(
            content: try content.joined(with: trusted.content, path), grouping: grouping, targets: own,
            sources: padded(sources), splits: padded(splits),
            ids: ids.map { ($0.column, $0.names + [String](repeating: "", count: trusted.count)) },
            rowNumbers: rowNumbers + [Int](repeating: -1, count: trusted.count), leftOut: leftOut)
    }
}

extension SampleSet.Content {
    /// What rows are, for people.
    private var kind: String {
        switch self {
        case .pictures: "pictures"
        case .texts: "texts"
        case .dialogues: "dialogues"
        case .table: "numbers and categories"
        }
    }

    fileprivate func joined(with other: SampleSet.Content, _ path: String) throws -> SampleSet.Content {
        switch (self, other) {
        case (.texts(let first), .texts(let second)): return .texts(first + second)
        case (.dialogues(let first), .dialogues(let second)): return .dialogues(first + second)
        case (.pictures(let first, let height, let width, let channels), .pictures(let second, let h, let w, let c)):
            guard (height, width, channels) == (h, w, c) else {
                throw DataCheckFailure(
                    "\(path): the trusted pictures are \(h) × \(w) × \(c) and the dataset's \(height) × \(width) × \(channels)"
                )
            }
            return .pictures(pixels: first + second, height: height, width: width, channels: channels)
        case (.table(let first), .table(let second)):
            return .table(
                try first.map { column in
                    guard let match = second.first(where: { $0.name == column.name }) else {
                        throw DataCheckFailure("\(path): the trusted set has no column '\(column.name)'")
                    }
                    return try column.joined(with: match, path)
                })
        default: throw DataCheckFailure("\(path): the trusted rows are \(other.kind) and the dataset's are \(kind)")
        }
    }
}

extension SampleSet.TableColumn {
    fileprivate func joined(with other: SampleSet.TableColumn, _ path: String) throws -> SampleSet.TableColumn {
        switch (self, other) {
        case (.numbers(let name, let first), .numbers(_, let second)): return .numbers(name: name, first + second)
        case (.categories(let name, let first, var names), .categories(_, let second, let others)):
            var places = Dictionary(names.enumerated().map { ($1, Int32($0)) }) { first, _ in first }
            let moved = others.map { word -> Int32 in
                if let place = places[word] { return place }
                places[word] = Int32(names.count)
                names.append(word)
                return Int32(names.count - 1)
            }
            return .categories(name: name, first + second.map { $0 < 0 ? -1 : moved[Int($0)] }, names: names)
        default: throw DataCheckFailure("\(path): column '\(name)' is of another type than in the dataset")
        }
    }
}
