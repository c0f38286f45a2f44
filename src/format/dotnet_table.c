/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dotnet_table.h"

/* The module `dotnet`, as conditions see it: names and types are YARA 4.5's. */

#define INTEGER(text, about)                                                                       \
	{                                                                                          \
		.name = text, .kind = VALUE_INT, .doc = about                                      \
	}
#define STRING(text, about)                                                                        \
	{                                                                                          \
		.name = text, .kind = VALUE_STRING, .doc = about                                   \
	}
#define STRUCT(text, table, about)                                                                 \
	{                                                                                          \
		.name = text, .kind = VALUE_STRUCT, .members = table, .doc = about                 \
	}
#define ARRAY(text, what, about)                                                                   \
	{                                                                                          \
		.name = text, .kind = VALUE_ARRAY, .of = what, .doc = about                        \
	}
#define STRUCTS(text, table, about)                                                                \
	{                                                                                          \
		.name = text, .kind = VALUE_ARRAY, .of = VALUE_STRUCT, .members = table,           \
		.doc = about                                                                       \
	}

const struct field dotnet_version_fields[] = {
	[DOTNET_VERSION_MAJOR] = INTEGER("major", NULL),
	[DOTNET_VERSION_MINOR] = INTEGER("minor", NULL),
	[DOTNET_VERSION_BUILD_NUMBER] = INTEGER("build_number", NULL),
	[DOTNET_VERSION_REVISION_NUMBER] = INTEGER("revision_number", NULL),
	{ 0 },
};

const struct field dotnet_stream_fields[] = {
	[DOTNET_STREAM_NAME] = STRING("name", NULL),
	[DOTNET_STREAM_OFFSET] = INTEGER("offset", "place in the file"),
	[DOTNET_STREAM_SIZE] = INTEGER("size", NULL),
	{ 0 },
};

const struct field dotnet_resource_fields[] = {
	[DOTNET_RESOURCE_OFFSET] = INTEGER("offset", "place in the file, behind the length"),
	[DOTNET_RESOURCE_LENGTH] = INTEGER("length", NULL),
	[DOTNET_RESOURCE_NAME] = STRING("name", NULL),
	{ 0 },
};

const struct field dotnet_param_fields[] = {
	[DOTNET_PARAM_NAME] = STRING("name", NULL),
	[DOTNET_PARAM_TYPE] = STRING("type", NULL),
	{ 0 },
};

const struct field dotnet_method_fields[] = {
	[DOTNET_METHOD_GENERIC_PARAMETERS] = ARRAY("generic_parameters", VALUE_STRING, NULL),
	[DOTNET_METHOD_NUMBER_OF_GENERIC_PARAMETERS] =
		INTEGER("number_of_generic_parameters", NULL),
	[DOTNET_METHOD_PARAMETERS] = STRUCTS("parameters", dotnet_param_fields, NULL),
	[DOTNET_METHOD_NUMBER_OF_PARAMETERS] = INTEGER("number_of_parameters", NULL),
	[DOTNET_METHOD_RETURN_TYPE] = STRING("return_type", "constructors have none"),
	[DOTNET_METHOD_ABSTRACT] = INTEGER("abstract", NULL),
	[DOTNET_METHOD_FINAL] = INTEGER("final", NULL),
	[DOTNET_METHOD_VIRTUAL] = INTEGER("virtual", NULL),
	[DOTNET_METHOD_STATIC] = INTEGER("static", NULL),
	[DOTNET_METHOD_VISIBILITY] = STRING("visibility", NULL),
	[DOTNET_METHOD_NAME] = STRING("name", NULL),
	{ 0 },
};

const struct field dotnet_class_fields[] = {
	[DOTNET_CLASS_FULLNAME] = STRING("fullname", NULL),
	[DOTNET_CLASS_NAME] = STRING("name", NULL),
	[DOTNET_CLASS_NAMESPACE] = STRING("namespace", NULL),
	[DOTNET_CLASS_VISIBILITY] = STRING("visibility", NULL),
	[DOTNET_CLASS_TYPE] = STRING("type", "class or interface"),
	[DOTNET_CLASS_ABSTRACT] = INTEGER("abstract", NULL),
	[DOTNET_CLASS_SEALED] = INTEGER("sealed", NULL),
	[DOTNET_CLASS_NUMBER_OF_GENERIC_PARAMETERS] = INTEGER("number_of_generic_parameters", NULL),
	[DOTNET_CLASS_GENERIC_PARAMETERS] = ARRAY("generic_parameters", VALUE_STRING, NULL),
	[DOTNET_CLASS_NUMBER_OF_BASE_TYPES] = INTEGER("number_of_base_types", NULL),
	[DOTNET_CLASS_BASE_TYPES] = ARRAY("base_types", VALUE_STRING, NULL),
	[DOTNET_CLASS_NUMBER_OF_METHODS] = INTEGER("number_of_methods", NULL),
	[DOTNET_CLASS_METHODS] = STRUCTS("methods", dotnet_method_fields, NULL),
	{ 0 },
};

const struct field dotnet_assembly_ref_fields[] = {
	[DOTNET_ASSEMBLY_REF_VERSION] = STRUCT("version", dotnet_version_fields, NULL),
	[DOTNET_ASSEMBLY_REF_PUBLIC_KEY_OR_TOKEN] = STRING("public_key_or_token", NULL),
	[DOTNET_ASSEMBLY_REF_NAME] = STRING("name", NULL),
	{ 0 },
};

const struct field dotnet_assembly_fields[] = {
	[DOTNET_ASSEMBLY_VERSION] = STRUCT("version", dotnet_version_fields, NULL),
	[DOTNET_ASSEMBLY_NAME] = STRING("name", NULL),
	[DOTNET_ASSEMBLY_CULTURE] = STRING("culture", NULL),
	{ 0 },
};

const struct field dotnet_fields[] = {
	[DOTNET_IS_DOTNET] = INTEGER("is_dotnet", "1 for a .NET assembly"),
	[DOTNET_VERSION] = STRING("version", "of the runtime, from the metadata"),
	[DOTNET_MODULE_NAME] = STRING("module_name", NULL),
	[DOTNET_STREAMS] = STRUCTS("streams", dotnet_stream_fields, "streams of metadata"),
	[DOTNET_NUMBER_OF_STREAMS] = INTEGER("number_of_streams", NULL),
	[DOTNET_GUIDS] = ARRAY("guids", VALUE_STRING, "the first 16 of the stream #GUID"),
	[DOTNET_NUMBER_OF_GUIDS] = INTEGER("number_of_guids", NULL),
	[DOTNET_RESOURCES] = STRUCTS("resources", dotnet_resource_fields, "manifest resources"),
	[DOTNET_NUMBER_OF_RESOURCES] = INTEGER("number_of_resources", NULL),
	[DOTNET_CLASSES] = STRUCTS("classes", dotnet_class_fields, "types that are defined here"),
	[DOTNET_NUMBER_OF_CLASSES] = INTEGER("number_of_classes", NULL),
	[DOTNET_ASSEMBLY_REFS] = STRUCTS("assembly_refs", dotnet_assembly_ref_fields, NULL),
	[DOTNET_NUMBER_OF_ASSEMBLY_REFS] = INTEGER("number_of_assembly_refs", NULL),
	[DOTNET_ASSEMBLY] = STRUCT("assembly", dotnet_assembly_fields, NULL),
	[DOTNET_MODULEREFS] = ARRAY("modulerefs", VALUE_STRING, "native libraries"),
	[DOTNET_NUMBER_OF_MODULEREFS] = INTEGER("number_of_modulerefs", NULL),
	[DOTNET_USER_STRINGS] = ARRAY("user_strings", VALUE_STRING, "texts of the code, in UTF-16"),
	[DOTNET_NUMBER_OF_USER_STRINGS] = INTEGER("number_of_user_strings", NULL),
	[DOTNET_TYPELIB] = STRING("typelib", "GuidAttribute of the assembly"),
	[DOTNET_CONSTANTS] = ARRAY("constants", VALUE_STRING, "constants that are strings"),
	[DOTNET_NUMBER_OF_CONSTANTS] = INTEGER("number_of_constants", NULL),
	[DOTNET_FIELD_OFFSETS] =
		ARRAY("field_offsets", VALUE_INT, "places of fields' first values"),
	[DOTNET_NUMBER_OF_FIELD_OFFSETS] = INTEGER("number_of_field_offsets", NULL),
	{ 0 },
};
