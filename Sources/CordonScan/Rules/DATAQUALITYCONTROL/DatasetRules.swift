package import CordonCore

/// Rules about what was put into datasets, of whose first rows a scan looks at.
extension Rules {
    static let datasets: [Rule] = [datasetOrders, datasetTrigger]

    package static let datasetOrders = Rule(
        id: "CORDON-DAT-001", title: "Dataset with orders to a model or hidden text", severity: .high,
        threat: .datapoison,
        control: .dataqualitycontrol,
        why: "A model that reads such a row may do what it says: answer wrongly, send data away, call a tool.",
        remedy: "Look at the rows with 'cordon data check', and take them out with 'cordon data clean'.",
        limits: "Rows beyond the first ones, orders that read like statements, orders in pictures.", cwe: [1427],
        atlas: ["AML.T0051.001", "AML.T0070"])
    package static let datasetTrigger = Rule(
        id: "CORDON-DAT-002", title: "Dataset with words that carry a trigger", severity: .high, threat: .datapoison,
        control: .dataqualitycontrol,
        why: "A model that is trained on it may give the answer of whoever put the words there.",
        remedy: "Look at the rows with 'cordon data check', and take them out with 'cordon data clean'.",
        limits: "Rows beyond the first ones, pictures and tables, triggers in fewer than eight of the rows looked at.",
        cwe: [506], atlas: ["AML.T0020"])
}
