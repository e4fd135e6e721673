"""The large cases of schema_bench.py: a schema and a value each, of its making. Not a program.

Source: RFC 7946 (GeoJSON), in the shape that geojson.org gives its schema: a choice of all types at each geometry; JSON
Schema 2020-12 (the metaschema); the rest is made up.
"""

METASCHEMA = "https://json-schema.org/draft/2020-12/schema"


def closed(properties, required):
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def orders(count):
    """A list of orders as a shop exports them; 113 are about 64 KB."""
    text = {"type": "string", "minLength": 1, "maxLength": 200}
    schema = {
        "$schema": METASCHEMA, "type": "array", "items": {"$ref": "#/$defs/order"},
        "$defs": {
            "address": closed({"street": text, "zip": {"type": "string", "pattern": "^[0-9A-Z -]{3,10}$"}, "city": text,
                               "country": {"type": "string", "minLength": 2, "maxLength": 2}},
                              ["street", "city", "country"]),
            "line": closed({"sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4,8}$"},
                            "quantity": {"type": "integer", "minimum": 1, "maximum": 10000},
                            "price": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01},
                            "options": {"type": "object", "additionalProperties": text}}, ["sku", "quantity", "price"]),
            "order": closed({"id": {"type": "string", "pattern": "^ord_[a-z0-9]{12}$"},
                             "state": {"enum": ["new", "paid", "sent", "returned"]},
                             "customer": {"type": "integer", "minimum": 1},
                             "placed": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"},
                             "address": {"$ref": "#/$defs/address"}, "note": {"type": ["string", "null"]},
                             "lines": {"type": "array", "minItems": 1, "maxItems": 100,
                                       "items": {"$ref": "#/$defs/line"}}},
                            ["id", "state", "customer", "placed", "address", "lines"])}}
    return schema, [order(n) for n in range(count)]


def order(n):
    lines = [{"sku": f"ABC-{10000 + 7 * n + k}", "quantity": 1 + (n * k) % 40, "price": (1999 + 35 * n + k) / 100,
              "options": {"color": ("blue", "black", "silver")[k % 3], "size": ("S", "M", "L")[n % 3]}}
             for k in range(4)]
    return {"id": f"ord_{n:012d}", "state": ("new", "paid", "sent", "returned")[n % 4], "customer": 90000 + n,
            "placed": f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}T12:{n % 60:02d}:00Z",
            "address": {"street": f"Rua das Flores {n}, 4 andar", "zip": f"{4000 + n}-262", "city": "Porto",
                        "country": "PT"},
            "note": None if n % 3 else "Please ring at the neighbour's when nobody answers.", "lines": lines}


def geometry_schema(name, coordinates):
    return {"title": f"GeoJSON {name}", "type": "object", "required": ["type", "coordinates"],
            "properties": {"type": {"type": "string", "enum": [name]}, "coordinates": coordinates,
                           "bbox": {"type": "array", "minItems": 4, "items": {"type": "number"}}}}


def geojson(count):
    """A FeatureCollection of points, lines and polygons under the schema of all that it could be."""
    position = {"type": "array", "minItems": 2, "items": {"type": "number"}}

    def many(items, least):
        return {"type": "array", "minItems": least, "items": items}

    shapes = [("Point", position), ("LineString", many(position, 2)), ("Polygon", many(many(position, 4), 0)),
              ("MultiPoint", many(position, 0)), ("MultiLineString", many(many(position, 2), 0)),
              ("MultiPolygon", many(many(many(position, 4), 0), 0))]
    geometries = [geometry_schema(name, coordinates) for name, coordinates in shapes]
    collection = {"title": "GeoJSON GeometryCollection", "type": "object", "required": ["type", "geometries"],
                  "properties": {"type": {"type": "string", "enum": ["GeometryCollection"]},
                                 "geometries": {"type": "array", "items": {"oneOf": geometries}}}}
    feature = {"title": "GeoJSON Feature", "type": "object", "required": ["type", "properties", "geometry"],
               "properties": {"type": {"type": "string", "enum": ["Feature"]},
                              "id": {"oneOf": [{"type": "number"}, {"type": "string"}]},
                              "properties": {"oneOf": [{"type": "null"}, {"type": "object"}]},
                              "geometry": {"oneOf": [{"type": "null"}, *geometries, collection]}}}
    schema = {"$schema": METASCHEMA, "title": "GeoJSON FeatureCollection", "type": "object",
              "required": ["type", "features"],
              "properties": {"type": {"type": "string", "enum": ["FeatureCollection"]},
                             "features": {"type": "array", "items": feature}}}
    return schema, {"type": "FeatureCollection", "features": [feature_of(n) for n in range(count)]}


def feature_of(n):
    def place(k):
        return [round(-9.1 + 0.0137 * n + 0.001 * k, 6), round(38.7 + 0.0071 * n - 0.002 * k, 6)]

    ring = [place(k) for k in range(8)]
    kinds = ({"type": "Point", "coordinates": place(0)}, {"type": "LineString", "coordinates": ring},
             {"type": "Polygon", "coordinates": [ring + ring[:1]]},
             {"type": "MultiPolygon", "coordinates": [[ring + ring[:1]]]})
    return {"type": "Feature", "id": n, "properties": {"name": f"Station {n}", "height": n * 3},
            "geometry": kinds[n % 4]}


def metaschema(count):
    """The schemas of an OpenAPI 3.1 document, under the metaschema that they are written for."""
    return {"$ref": METASCHEMA}, {"$schema": METASCHEMA,
                                  "$defs": {f"Resource{n}": resource_schema(n) for n in range(count)}}


def resource_schema(n):
    other = {"$ref": f"#/$defs/Resource{n // 2}"}
    text = {"type": "string", "minLength": 1, "maxLength": 64 + n, "description": "A name that people read",
            "examples": ["a"]}
    return {"title": f"Resource {n}", "description": "What the service keeps under this name.", "type": "object",
            "properties": {"id": {"type": "string", "format": "uuid", "readOnly": True}, "name": text,
                           "labels": {"type": "object", "additionalProperties": text, "maxProperties": 64},
                           "state": {"enum": ["new", "ready", "failed"], "default": "new"},
                           "size": {"type": "integer", "minimum": 0, "maximum": 2**31, "multipleOf": 1},
                           "parent": {"anyOf": [other, {"type": "null"}]},
                           "parts": {"type": "array", "items": other, "minItems": 0, "uniqueItems": True},
                           "created": {"type": "string", "format": "date-time", "pattern": "^[0-9]{4}-"}},
            "required": ["id", "name"], "dependentRequired": {"parent": ["state"]},
            "if": {"properties": {"state": {"const": "failed"}}}, "then": {"required": ["created"]},
            "unevaluatedProperties": False}
