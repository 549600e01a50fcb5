BEGIN TRANSACTION;
CREATE TABLE actions (
	sequence INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	reader_id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	target INTEGER, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (sequence), 
	FOREIGN KEY(reader_id) REFERENCES readers (id), 
	FOREIGN KEY(target) REFERENCES actions (sequence)
);
INSERT INTO "actions" VALUES(1,'import',1,1795470614332806,NULL,'{"format":"invented","images":2,"marks":4,"readings":2}');
INSERT INTO "actions" VALUES(2,'add',1,1795470614406028,NULL,'{}');
CREATE TABLE afreview (
	id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	sequence INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "afreview" VALUES(1,1,2);
CREATE TABLE changes (
	id INTEGER NOT NULL, 
	sequence INTEGER NOT NULL, 
	mark_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	"before" TEXT, 
	"after" TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(sequence) REFERENCES actions (sequence), 
	FOREIGN KEY(mark_id) REFERENCES marks (id)
);
INSERT INTO "changes" VALUES(1,2,5,1,NULL,'{"reader":"Ada","shape":"{\"kind\":\"box\",\"x\":10.25,\"y\":20.5,\"width\":30.0,\"height\":40.125}","finding":"effusion","phrase":"","confidence":null,"comment":"","extra":"{}","removed":false}');
CREATE TABLE documents (
	id INTEGER NOT NULL, 
	format TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	problems TEXT NOT NULL, 
	extra TEXT NOT NULL, 
	sequence INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO "documents" VALUES(1,'invented','e59c73dc7a2a08cf82746b4a63282163ad412eb4602cf515953d409ac76a0834','["row 5: the box is empty"]','{"licence":"none"}',1);
CREATE TABLE images (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	path TEXT NOT NULL, 
	uid TEXT NOT NULL, 
	height INTEGER, 
	width INTEGER, 
	extra TEXT NOT NULL, 
	file TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO "images" VALUES(1,'film-1','p10/film-1.dcm','1.2.3',3056,2544,'{"view":"PA"}','','');
INSERT INTO "images" VALUES(2,'film-2','','',NULL,NULL,'{}','','');
CREATE TABLE marks (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	image_id INTEGER NOT NULL, 
	reader_id INTEGER NOT NULL, 
	document_id INTEGER, 
	shape TEXT NOT NULL, 
	finding TEXT NOT NULL, 
	phrase TEXT NOT NULL, 
	confidence DOUBLE, 
	comment TEXT NOT NULL, 
	extra TEXT NOT NULL, 
	revision INTEGER NOT NULL, 
	removed BOOLEAN NOT NULL, 
	created BIGINT NOT NULL, 
	created_by INTEGER NOT NULL, 
	changed BIGINT NOT NULL, 
	changed_by INTEGER NOT NULL, 
	sequence INTEGER NOT NULL, 
	FOREIGN KEY(image_id) REFERENCES images (id), 
	FOREIGN KEY(reader_id) REFERENCES readers (id), 
	FOREIGN KEY(document_id) REFERENCES documents (id), 
	FOREIGN KEY(created_by) REFERENCES readers (id), 
	FOREIGN KEY(changed_by) REFERENCES readers (id)
);
INSERT INTO "marks" VALUES(1,1,1,1,'{"kind":"box","x":10.25,"y":20.5,"width":30.0,"height":40.125}','effusion','',NULL,'','{}',1,0,1795470614332806,1,1795470614332806,1,1);
INSERT INTO "marks" VALUES(2,1,2,1,'{"kind":"polygon","points":[[1.1,2.2],[30.3,2.2],[15.5,40.1]],"freehand":true}','mass','a round mass',0.75,'','{}',1,0,1795470614332806,1,1795470614332806,1,1);
INSERT INTO "marks" VALUES(3,1,1,1,'{"kind":"points","points":[[5,6],[7.5,8.5]]}','nodule','',NULL,'small – “left”','{"id":7,"b":[1,null]}',1,0,1795470614332806,1,1795470614332806,1,1);
INSERT INTO "marks" VALUES(4,2,2,1,'{"kind":"mask","size":[4,3],"counts":"13O"}','opacity','',NULL,'','{"nested":{"x":1e-17,"y":true}}',1,0,1795470614332806,1,1795470614332806,1,1);
INSERT INTO "marks" VALUES(5,1,1,NULL,'{"kind":"box","x":10.25,"y":20.5,"width":30.0,"height":40.125}','effusion','',NULL,'','{}',1,0,1795470614406028,1,1795470614406028,1,2);
CREATE TABLE phrases (
	id INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	threshold DOUBLE, 
	colour TEXT NOT NULL, 
	visible BOOLEAN NOT NULL, 
	extra TEXT NOT NULL, 
	removed BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (text)
);
CREATE TABLE readers (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	colour TEXT NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "readers" VALUES(1,'Ada','','');
INSERT INTO "readers" VALUES(2,'Ben','','');
CREATE TABLE readings (
	id INTEGER NOT NULL, 
	image_id INTEGER NOT NULL, 
	reader_id INTEGER NOT NULL, 
	document_id INTEGER, 
	finding TEXT NOT NULL, 
	extra TEXT NOT NULL, 
	removed BOOLEAN NOT NULL, 
	sequence INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(image_id) REFERENCES images (id), 
	FOREIGN KEY(reader_id) REFERENCES readers (id), 
	FOREIGN KEY(document_id) REFERENCES documents (id)
);
INSERT INTO "readings" VALUES(1,2,1,1,'','{}',0,1);
INSERT INTO "readings" VALUES(2,2,1,1,'mass','{"row":3}',0,1);
CREATE TABLE views (
	reader TEXT NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (reader, name)
);
INSERT INTO "views" VALUES('','case','"film-1"');
CREATE INDEX marks_of_image ON marks (image_id, removed);
CREATE INDEX readings_of_image ON readings (image_id);
CREATE INDEX actions_of_reader ON actions (reader_id, sequence);
CREATE INDEX changes_of_action ON changes (sequence);
CREATE INDEX changes_of_mark ON changes (mark_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('marks',5);
COMMIT;
