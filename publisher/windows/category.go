package windows

import (
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// An update's categories (ICategory) are its classification and its products. A product's family is its parent:
//
//	{"Name": "Sicherheitsupdates", "Type": "UpdateClassification", "CategoryID": "0fa1201d-…"}
//	{"Name": "Windows Server 2022", "Type": "Product", "CategoryID": "…",
//	 "Parent": {"Name": "Windows", "Type": "ProductFamily", "CategoryID": "6964aab4-…"}}
//
// The names come in the language of the host, the ids do not.

// classifications are the names of Microsoft's classifications by their ids ("WSUS Classification GUIDs").
var classifications = map[string]string{
	"5c9376ab-8ce6-464a-b136-22113dd69801": "Application",
	"434de588-ed14-48f5-8eed-a15e09a991f6": "Connectors",
	"e6cf1350-c01b-414d-a61f-263d14d133b4": "Critical Updates",
	"e0789628-ce08-4437-be74-2495b842f43b": "Definition Updates",
	"e140075d-8433-45c3-ad87-e72345b36078": "Developer Kits",
	"ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0": "Drivers",
	"b54e7d24-7add-428f-8b75-90a396fa584f": "Feature Packs",
	"9511d615-35b2-47bb-927f-f73d8e9260bb": "Guidance",
	"0fa1201d-4330-4fa8-8ae9-b877473b6441": "Security Updates",
	"68c5b0a3-d1a6-4553-ae49-01d3a7827828": "Service Packs",
	"b4832bd8-e735-4761-8daf-37f882276dab": "Tools",
	"28bc880e-0592-4cbf-8f95-c79b17911d5f": "Update Rollups",
	"cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83": "Updates",
	"3689bdc8-b205-4af4-8d4a-a63924c5e9d5": "Upgrades",
}

// windowsFamily is the id of the product family Windows.
const windowsFamily = "6964aab4-c5b5-43bd-a17d-ffb4346a8e1d"

// categorize takes over one of the update's categories.
func (u *update) categorize(n node) {
	name, id := n.field("Name").text(), strings.ToLower(n.field("CategoryID").text())
	switch kind := strings.ToLower(n.field("Type").text()); {
	case kind == "updateclassification" || classifications[id] != "":
		if known := classifications[id]; known != "" {
			name = known
		}
		u.classification = name
	case kind == "product":
		u.products = add(u.products, name)
		if parent := n.field("Parent"); parent.value != nil && strings.EqualFold(parent.field("Type").text(), "ProductFamily") {
			u.addFamily(parent)
		}
	case kind == "productfamily":
		u.addFamily(n)
	}
}

func (u *update) addFamily(n node) {
	u.families = add(u.families, n.field("Name").text())
	u.familyIDs = add(u.familyIDs, strings.ToLower(n.field("CategoryID").text()))
}

func add(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// set tells whether the update is one of Windows itself or of something that runs on it. Where nothing tells it counts as
// one of Windows: rules that name no set ask for those alone, and nothing shall be missed.
func (u *update) set() string {
	if slices.Contains(u.familyIDs, windowsFamily) || slices.ContainsFunc(u.families, ofWindows) {
		return messages.SetOS
	}
	if len(u.families) == 0 && (len(u.products) == 0 || slices.ContainsFunc(u.products, ofWindows)) {
		return messages.SetOS
	}
	return messages.SetApplication
}

// ofWindows tells by a name in English. Servers since 2022 are "Microsoft Server operating system-21H2" to Microsoft.
func ofWindows(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "windows") || strings.HasPrefix(name, "microsoft server operating system")
}
