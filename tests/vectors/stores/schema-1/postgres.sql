--
-- PostgreSQL database dump
--

\restrict r99SF1dORz64pjgUx10Yroi3UFsBtp3jn10h4aZ13Todsx1cG6679XVsiRDHTqH

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: change_slot; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.change_slot (
    slot integer NOT NULL,
    stamp bigint NOT NULL
)
WITH (fillfactor='50');


--
-- Name: key_incarnation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.key_incarnation (
    incarnation bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    deleted_order bigint,
    store_key_id bytea NOT NULL,
    sealed bytea NOT NULL
);


--
-- Name: key_name; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.key_name (
    name text NOT NULL COLLATE pg_catalog."C",
    next_number integer NOT NULL,
    store_key_id bytea NOT NULL,
    seal bytea NOT NULL
);


--
-- Name: key_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.key_version (
    name text NOT NULL COLLATE pg_catalog."C",
    incarnation bigint NOT NULL,
    number integer NOT NULL,
    created_ms bigint NOT NULL,
    store_key_id bytea NOT NULL,
    sealed bytea NOT NULL
);


--
-- Name: sequence; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sequence (
    name text NOT NULL COLLATE pg_catalog."C",
    value bigint NOT NULL
);


--
-- Name: state_record; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.state_record (
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    expires_ms bigint,
    store_key_id bytea NOT NULL,
    sealed bytea NOT NULL
);


--
-- Name: store; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.store (
    id integer NOT NULL,
    schema_version integer NOT NULL,
    store_id bytea NOT NULL,
    created_ms bigint NOT NULL,
    CONSTRAINT store_id_check CHECK ((id = 1))
);


--
-- Name: store_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.store_key (
    store_key_id bytea NOT NULL,
    created_ms bigint NOT NULL,
    canary bytea NOT NULL
);


--
-- Data for Name: change_slot; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.change_slot VALUES (0, 0);
INSERT INTO public.change_slot VALUES (1, 0);
INSERT INTO public.change_slot VALUES (2, 0);
INSERT INTO public.change_slot VALUES (3, 0);
INSERT INTO public.change_slot VALUES (4, 0);
INSERT INTO public.change_slot VALUES (5, 0);
INSERT INTO public.change_slot VALUES (6, 0);
INSERT INTO public.change_slot VALUES (7, 0);
INSERT INTO public.change_slot VALUES (8, 0);
INSERT INTO public.change_slot VALUES (9, 0);
INSERT INTO public.change_slot VALUES (10, 0);
INSERT INTO public.change_slot VALUES (11, 0);
INSERT INTO public.change_slot VALUES (12, 0);
INSERT INTO public.change_slot VALUES (13, 0);
INSERT INTO public.change_slot VALUES (14, 0);
INSERT INTO public.change_slot VALUES (15, 0);
INSERT INTO public.change_slot VALUES (16, 0);
INSERT INTO public.change_slot VALUES (17, 0);
INSERT INTO public.change_slot VALUES (18, 0);
INSERT INTO public.change_slot VALUES (19, 0);
INSERT INTO public.change_slot VALUES (20, 0);
INSERT INTO public.change_slot VALUES (21, 0);
INSERT INTO public.change_slot VALUES (22, 0);
INSERT INTO public.change_slot VALUES (23, 0);
INSERT INTO public.change_slot VALUES (24, 0);
INSERT INTO public.change_slot VALUES (25, 0);
INSERT INTO public.change_slot VALUES (26, 0);
INSERT INTO public.change_slot VALUES (27, 0);
INSERT INTO public.change_slot VALUES (28, 0);
INSERT INTO public.change_slot VALUES (29, 0);
INSERT INTO public.change_slot VALUES (30, 0);
INSERT INTO public.change_slot VALUES (31, 0);
INSERT INTO public.change_slot VALUES (32, 0);
INSERT INTO public.change_slot VALUES (33, 0);
INSERT INTO public.change_slot VALUES (34, 0);
INSERT INTO public.change_slot VALUES (35, 0);
INSERT INTO public.change_slot VALUES (36, 0);
INSERT INTO public.change_slot VALUES (37, 0);
INSERT INTO public.change_slot VALUES (38, 0);
INSERT INTO public.change_slot VALUES (39, 0);
INSERT INTO public.change_slot VALUES (40, 0);
INSERT INTO public.change_slot VALUES (41, 0);
INSERT INTO public.change_slot VALUES (42, 0);
INSERT INTO public.change_slot VALUES (43, 0);
INSERT INTO public.change_slot VALUES (44, 0);
INSERT INTO public.change_slot VALUES (45, 0);
INSERT INTO public.change_slot VALUES (46, 0);
INSERT INTO public.change_slot VALUES (47, 0);
INSERT INTO public.change_slot VALUES (48, 0);
INSERT INTO public.change_slot VALUES (49, 0);
INSERT INTO public.change_slot VALUES (50, 0);
INSERT INTO public.change_slot VALUES (51, 0);
INSERT INTO public.change_slot VALUES (52, 0);
INSERT INTO public.change_slot VALUES (53, 0);
INSERT INTO public.change_slot VALUES (54, 0);
INSERT INTO public.change_slot VALUES (55, 0);
INSERT INTO public.change_slot VALUES (56, 0);
INSERT INTO public.change_slot VALUES (57, 0);
INSERT INTO public.change_slot VALUES (58, 0);
INSERT INTO public.change_slot VALUES (59, 0);
INSERT INTO public.change_slot VALUES (60, 0);
INSERT INTO public.change_slot VALUES (61, 0);
INSERT INTO public.change_slot VALUES (62, 0);
INSERT INTO public.change_slot VALUES (63, 0);
INSERT INTO public.change_slot VALUES (64, 0);
INSERT INTO public.change_slot VALUES (65, 0);
INSERT INTO public.change_slot VALUES (66, 0);
INSERT INTO public.change_slot VALUES (67, 0);
INSERT INTO public.change_slot VALUES (68, 0);
INSERT INTO public.change_slot VALUES (69, 0);
INSERT INTO public.change_slot VALUES (70, 0);
INSERT INTO public.change_slot VALUES (71, 0);
INSERT INTO public.change_slot VALUES (72, 0);
INSERT INTO public.change_slot VALUES (73, 0);
INSERT INTO public.change_slot VALUES (74, 0);
INSERT INTO public.change_slot VALUES (75, 0);
INSERT INTO public.change_slot VALUES (76, 0);
INSERT INTO public.change_slot VALUES (77, 0);
INSERT INTO public.change_slot VALUES (78, 0);
INSERT INTO public.change_slot VALUES (79, 0);
INSERT INTO public.change_slot VALUES (80, 0);
INSERT INTO public.change_slot VALUES (81, 0);
INSERT INTO public.change_slot VALUES (82, 0);
INSERT INTO public.change_slot VALUES (83, 0);
INSERT INTO public.change_slot VALUES (84, 0);
INSERT INTO public.change_slot VALUES (85, 0);
INSERT INTO public.change_slot VALUES (86, 0);
INSERT INTO public.change_slot VALUES (87, 0);
INSERT INTO public.change_slot VALUES (88, 0);
INSERT INTO public.change_slot VALUES (89, 0);
INSERT INTO public.change_slot VALUES (90, 0);
INSERT INTO public.change_slot VALUES (91, 0);
INSERT INTO public.change_slot VALUES (92, 0);
INSERT INTO public.change_slot VALUES (93, 0);
INSERT INTO public.change_slot VALUES (94, 0);
INSERT INTO public.change_slot VALUES (95, 0);
INSERT INTO public.change_slot VALUES (96, 0);
INSERT INTO public.change_slot VALUES (97, 0);
INSERT INTO public.change_slot VALUES (98, 0);
INSERT INTO public.change_slot VALUES (99, 0);
INSERT INTO public.change_slot VALUES (100, 0);
INSERT INTO public.change_slot VALUES (101, 0);
INSERT INTO public.change_slot VALUES (102, 0);
INSERT INTO public.change_slot VALUES (103, 0);
INSERT INTO public.change_slot VALUES (104, 0);
INSERT INTO public.change_slot VALUES (105, 0);
INSERT INTO public.change_slot VALUES (106, 0);
INSERT INTO public.change_slot VALUES (107, 0);
INSERT INTO public.change_slot VALUES (108, 0);
INSERT INTO public.change_slot VALUES (109, 0);
INSERT INTO public.change_slot VALUES (110, 0);
INSERT INTO public.change_slot VALUES (111, 0);
INSERT INTO public.change_slot VALUES (112, 0);
INSERT INTO public.change_slot VALUES (113, 0);
INSERT INTO public.change_slot VALUES (114, 0);
INSERT INTO public.change_slot VALUES (115, 0);
INSERT INTO public.change_slot VALUES (116, 0);
INSERT INTO public.change_slot VALUES (117, 0);
INSERT INTO public.change_slot VALUES (118, 0);
INSERT INTO public.change_slot VALUES (119, 0);
INSERT INTO public.change_slot VALUES (120, 0);
INSERT INTO public.change_slot VALUES (121, 0);
INSERT INTO public.change_slot VALUES (122, 0);
INSERT INTO public.change_slot VALUES (123, 0);
INSERT INTO public.change_slot VALUES (124, 0);
INSERT INTO public.change_slot VALUES (125, 0);
INSERT INTO public.change_slot VALUES (126, 0);
INSERT INTO public.change_slot VALUES (127, 0);
INSERT INTO public.change_slot VALUES (128, 0);
INSERT INTO public.change_slot VALUES (129, 0);
INSERT INTO public.change_slot VALUES (130, 0);
INSERT INTO public.change_slot VALUES (131, 0);
INSERT INTO public.change_slot VALUES (132, 0);
INSERT INTO public.change_slot VALUES (133, 0);
INSERT INTO public.change_slot VALUES (134, 0);
INSERT INTO public.change_slot VALUES (135, 0);
INSERT INTO public.change_slot VALUES (136, 0);
INSERT INTO public.change_slot VALUES (137, 0);
INSERT INTO public.change_slot VALUES (138, 0);
INSERT INTO public.change_slot VALUES (139, 0);
INSERT INTO public.change_slot VALUES (140, 0);
INSERT INTO public.change_slot VALUES (141, 0);
INSERT INTO public.change_slot VALUES (142, 0);
INSERT INTO public.change_slot VALUES (143, 0);
INSERT INTO public.change_slot VALUES (144, 0);
INSERT INTO public.change_slot VALUES (145, 0);
INSERT INTO public.change_slot VALUES (146, 0);
INSERT INTO public.change_slot VALUES (147, 0);
INSERT INTO public.change_slot VALUES (148, 0);
INSERT INTO public.change_slot VALUES (149, 0);
INSERT INTO public.change_slot VALUES (150, 0);
INSERT INTO public.change_slot VALUES (151, 0);
INSERT INTO public.change_slot VALUES (152, 0);
INSERT INTO public.change_slot VALUES (153, 0);
INSERT INTO public.change_slot VALUES (154, 0);
INSERT INTO public.change_slot VALUES (155, 0);
INSERT INTO public.change_slot VALUES (156, 0);
INSERT INTO public.change_slot VALUES (157, 0);
INSERT INTO public.change_slot VALUES (158, 0);
INSERT INTO public.change_slot VALUES (159, 0);
INSERT INTO public.change_slot VALUES (160, 0);
INSERT INTO public.change_slot VALUES (161, 0);
INSERT INTO public.change_slot VALUES (162, 0);
INSERT INTO public.change_slot VALUES (163, 0);
INSERT INTO public.change_slot VALUES (164, 0);
INSERT INTO public.change_slot VALUES (165, 0);
INSERT INTO public.change_slot VALUES (166, 0);
INSERT INTO public.change_slot VALUES (167, 0);
INSERT INTO public.change_slot VALUES (168, 0);
INSERT INTO public.change_slot VALUES (169, 0);
INSERT INTO public.change_slot VALUES (170, 0);
INSERT INTO public.change_slot VALUES (171, 0);
INSERT INTO public.change_slot VALUES (172, 0);
INSERT INTO public.change_slot VALUES (173, 0);
INSERT INTO public.change_slot VALUES (174, 0);
INSERT INTO public.change_slot VALUES (175, 0);
INSERT INTO public.change_slot VALUES (176, 0);
INSERT INTO public.change_slot VALUES (177, 0);
INSERT INTO public.change_slot VALUES (178, 0);
INSERT INTO public.change_slot VALUES (179, 0);
INSERT INTO public.change_slot VALUES (180, 0);
INSERT INTO public.change_slot VALUES (181, 0);
INSERT INTO public.change_slot VALUES (182, 0);
INSERT INTO public.change_slot VALUES (183, 0);
INSERT INTO public.change_slot VALUES (184, 0);
INSERT INTO public.change_slot VALUES (185, 0);
INSERT INTO public.change_slot VALUES (186, 0);
INSERT INTO public.change_slot VALUES (187, 0);
INSERT INTO public.change_slot VALUES (188, 0);
INSERT INTO public.change_slot VALUES (189, 0);
INSERT INTO public.change_slot VALUES (190, 0);
INSERT INTO public.change_slot VALUES (191, 0);
INSERT INTO public.change_slot VALUES (192, 0);
INSERT INTO public.change_slot VALUES (193, 0);
INSERT INTO public.change_slot VALUES (194, 0);
INSERT INTO public.change_slot VALUES (195, 0);
INSERT INTO public.change_slot VALUES (196, 0);
INSERT INTO public.change_slot VALUES (197, 0);
INSERT INTO public.change_slot VALUES (198, 0);
INSERT INTO public.change_slot VALUES (199, 0);
INSERT INTO public.change_slot VALUES (200, 0);
INSERT INTO public.change_slot VALUES (201, 0);
INSERT INTO public.change_slot VALUES (202, 0);
INSERT INTO public.change_slot VALUES (203, 0);
INSERT INTO public.change_slot VALUES (204, 0);
INSERT INTO public.change_slot VALUES (205, 0);
INSERT INTO public.change_slot VALUES (206, 0);
INSERT INTO public.change_slot VALUES (207, 0);
INSERT INTO public.change_slot VALUES (208, 0);
INSERT INTO public.change_slot VALUES (209, 0);
INSERT INTO public.change_slot VALUES (210, 0);
INSERT INTO public.change_slot VALUES (211, 0);
INSERT INTO public.change_slot VALUES (212, 0);
INSERT INTO public.change_slot VALUES (213, 0);
INSERT INTO public.change_slot VALUES (214, 0);
INSERT INTO public.change_slot VALUES (215, 0);
INSERT INTO public.change_slot VALUES (216, 0);
INSERT INTO public.change_slot VALUES (217, 0);
INSERT INTO public.change_slot VALUES (218, 0);
INSERT INTO public.change_slot VALUES (219, 0);
INSERT INTO public.change_slot VALUES (220, 0);
INSERT INTO public.change_slot VALUES (221, 0);
INSERT INTO public.change_slot VALUES (222, 0);
INSERT INTO public.change_slot VALUES (223, 0);
INSERT INTO public.change_slot VALUES (224, 0);
INSERT INTO public.change_slot VALUES (225, 0);
INSERT INTO public.change_slot VALUES (226, 0);
INSERT INTO public.change_slot VALUES (227, 0);
INSERT INTO public.change_slot VALUES (228, 0);
INSERT INTO public.change_slot VALUES (229, 0);
INSERT INTO public.change_slot VALUES (230, 0);
INSERT INTO public.change_slot VALUES (231, 0);
INSERT INTO public.change_slot VALUES (232, 0);
INSERT INTO public.change_slot VALUES (233, 0);
INSERT INTO public.change_slot VALUES (234, 0);
INSERT INTO public.change_slot VALUES (235, 0);
INSERT INTO public.change_slot VALUES (236, 0);
INSERT INTO public.change_slot VALUES (237, 0);
INSERT INTO public.change_slot VALUES (238, 0);
INSERT INTO public.change_slot VALUES (239, 0);
INSERT INTO public.change_slot VALUES (240, 0);
INSERT INTO public.change_slot VALUES (241, 0);
INSERT INTO public.change_slot VALUES (242, 0);
INSERT INTO public.change_slot VALUES (243, 0);
INSERT INTO public.change_slot VALUES (244, 0);
INSERT INTO public.change_slot VALUES (245, 0);
INSERT INTO public.change_slot VALUES (246, 0);
INSERT INTO public.change_slot VALUES (247, 0);
INSERT INTO public.change_slot VALUES (248, 0);
INSERT INTO public.change_slot VALUES (249, 0);
INSERT INTO public.change_slot VALUES (250, 0);
INSERT INTO public.change_slot VALUES (251, 0);
INSERT INTO public.change_slot VALUES (252, 0);
INSERT INTO public.change_slot VALUES (253, 0);
INSERT INTO public.change_slot VALUES (254, 0);
INSERT INTO public.change_slot VALUES (255, 0);
INSERT INTO public.change_slot VALUES (256, 0);
INSERT INTO public.change_slot VALUES (257, 0);
INSERT INTO public.change_slot VALUES (258, 0);
INSERT INTO public.change_slot VALUES (259, 0);
INSERT INTO public.change_slot VALUES (260, 0);
INSERT INTO public.change_slot VALUES (261, 0);
INSERT INTO public.change_slot VALUES (262, 0);
INSERT INTO public.change_slot VALUES (263, 0);
INSERT INTO public.change_slot VALUES (264, 0);
INSERT INTO public.change_slot VALUES (265, 0);
INSERT INTO public.change_slot VALUES (266, 0);
INSERT INTO public.change_slot VALUES (267, 0);
INSERT INTO public.change_slot VALUES (268, 0);
INSERT INTO public.change_slot VALUES (269, 0);
INSERT INTO public.change_slot VALUES (270, 0);
INSERT INTO public.change_slot VALUES (271, 0);
INSERT INTO public.change_slot VALUES (272, 0);
INSERT INTO public.change_slot VALUES (273, 0);
INSERT INTO public.change_slot VALUES (274, 0);
INSERT INTO public.change_slot VALUES (275, 0);
INSERT INTO public.change_slot VALUES (276, 0);
INSERT INTO public.change_slot VALUES (277, 0);
INSERT INTO public.change_slot VALUES (278, 0);
INSERT INTO public.change_slot VALUES (279, 0);
INSERT INTO public.change_slot VALUES (280, 0);
INSERT INTO public.change_slot VALUES (281, 0);
INSERT INTO public.change_slot VALUES (282, 0);
INSERT INTO public.change_slot VALUES (283, 0);
INSERT INTO public.change_slot VALUES (284, 0);
INSERT INTO public.change_slot VALUES (285, 0);
INSERT INTO public.change_slot VALUES (286, 0);
INSERT INTO public.change_slot VALUES (287, 0);
INSERT INTO public.change_slot VALUES (289, 0);
INSERT INTO public.change_slot VALUES (290, 0);
INSERT INTO public.change_slot VALUES (291, 0);
INSERT INTO public.change_slot VALUES (292, 0);
INSERT INTO public.change_slot VALUES (293, 0);
INSERT INTO public.change_slot VALUES (294, 0);
INSERT INTO public.change_slot VALUES (295, 0);
INSERT INTO public.change_slot VALUES (296, 0);
INSERT INTO public.change_slot VALUES (297, 0);
INSERT INTO public.change_slot VALUES (298, 0);
INSERT INTO public.change_slot VALUES (299, 0);
INSERT INTO public.change_slot VALUES (300, 0);
INSERT INTO public.change_slot VALUES (301, 0);
INSERT INTO public.change_slot VALUES (302, 0);
INSERT INTO public.change_slot VALUES (303, 0);
INSERT INTO public.change_slot VALUES (304, 0);
INSERT INTO public.change_slot VALUES (305, 0);
INSERT INTO public.change_slot VALUES (306, 0);
INSERT INTO public.change_slot VALUES (307, 0);
INSERT INTO public.change_slot VALUES (308, 0);
INSERT INTO public.change_slot VALUES (309, 0);
INSERT INTO public.change_slot VALUES (310, 0);
INSERT INTO public.change_slot VALUES (311, 0);
INSERT INTO public.change_slot VALUES (312, 0);
INSERT INTO public.change_slot VALUES (313, 0);
INSERT INTO public.change_slot VALUES (314, 0);
INSERT INTO public.change_slot VALUES (315, 0);
INSERT INTO public.change_slot VALUES (316, 0);
INSERT INTO public.change_slot VALUES (317, 0);
INSERT INTO public.change_slot VALUES (318, 0);
INSERT INTO public.change_slot VALUES (319, 0);
INSERT INTO public.change_slot VALUES (320, 0);
INSERT INTO public.change_slot VALUES (321, 0);
INSERT INTO public.change_slot VALUES (322, 0);
INSERT INTO public.change_slot VALUES (323, 0);
INSERT INTO public.change_slot VALUES (324, 0);
INSERT INTO public.change_slot VALUES (325, 0);
INSERT INTO public.change_slot VALUES (326, 0);
INSERT INTO public.change_slot VALUES (327, 0);
INSERT INTO public.change_slot VALUES (328, 0);
INSERT INTO public.change_slot VALUES (329, 0);
INSERT INTO public.change_slot VALUES (330, 0);
INSERT INTO public.change_slot VALUES (331, 0);
INSERT INTO public.change_slot VALUES (332, 0);
INSERT INTO public.change_slot VALUES (333, 0);
INSERT INTO public.change_slot VALUES (334, 0);
INSERT INTO public.change_slot VALUES (335, 0);
INSERT INTO public.change_slot VALUES (336, 0);
INSERT INTO public.change_slot VALUES (337, 0);
INSERT INTO public.change_slot VALUES (338, 0);
INSERT INTO public.change_slot VALUES (339, 0);
INSERT INTO public.change_slot VALUES (340, 0);
INSERT INTO public.change_slot VALUES (341, 0);
INSERT INTO public.change_slot VALUES (342, 0);
INSERT INTO public.change_slot VALUES (343, 0);
INSERT INTO public.change_slot VALUES (344, 0);
INSERT INTO public.change_slot VALUES (345, 0);
INSERT INTO public.change_slot VALUES (346, 0);
INSERT INTO public.change_slot VALUES (347, 0);
INSERT INTO public.change_slot VALUES (348, 0);
INSERT INTO public.change_slot VALUES (349, 0);
INSERT INTO public.change_slot VALUES (350, 0);
INSERT INTO public.change_slot VALUES (351, 0);
INSERT INTO public.change_slot VALUES (352, 0);
INSERT INTO public.change_slot VALUES (353, 0);
INSERT INTO public.change_slot VALUES (354, 0);
INSERT INTO public.change_slot VALUES (355, 0);
INSERT INTO public.change_slot VALUES (356, 0);
INSERT INTO public.change_slot VALUES (357, 0);
INSERT INTO public.change_slot VALUES (358, 0);
INSERT INTO public.change_slot VALUES (359, 0);
INSERT INTO public.change_slot VALUES (360, 0);
INSERT INTO public.change_slot VALUES (361, 0);
INSERT INTO public.change_slot VALUES (362, 0);
INSERT INTO public.change_slot VALUES (363, 0);
INSERT INTO public.change_slot VALUES (364, 0);
INSERT INTO public.change_slot VALUES (365, 0);
INSERT INTO public.change_slot VALUES (366, 0);
INSERT INTO public.change_slot VALUES (367, 0);
INSERT INTO public.change_slot VALUES (288, 2);
INSERT INTO public.change_slot VALUES (368, 0);
INSERT INTO public.change_slot VALUES (369, 0);
INSERT INTO public.change_slot VALUES (370, 0);
INSERT INTO public.change_slot VALUES (371, 0);
INSERT INTO public.change_slot VALUES (372, 0);
INSERT INTO public.change_slot VALUES (373, 0);
INSERT INTO public.change_slot VALUES (374, 0);
INSERT INTO public.change_slot VALUES (375, 0);
INSERT INTO public.change_slot VALUES (376, 0);
INSERT INTO public.change_slot VALUES (377, 0);
INSERT INTO public.change_slot VALUES (378, 0);
INSERT INTO public.change_slot VALUES (379, 0);
INSERT INTO public.change_slot VALUES (380, 0);
INSERT INTO public.change_slot VALUES (381, 0);
INSERT INTO public.change_slot VALUES (382, 0);
INSERT INTO public.change_slot VALUES (383, 0);
INSERT INTO public.change_slot VALUES (384, 0);
INSERT INTO public.change_slot VALUES (385, 0);
INSERT INTO public.change_slot VALUES (386, 0);
INSERT INTO public.change_slot VALUES (387, 0);
INSERT INTO public.change_slot VALUES (388, 0);
INSERT INTO public.change_slot VALUES (389, 0);
INSERT INTO public.change_slot VALUES (390, 0);
INSERT INTO public.change_slot VALUES (391, 0);
INSERT INTO public.change_slot VALUES (392, 0);
INSERT INTO public.change_slot VALUES (393, 0);
INSERT INTO public.change_slot VALUES (394, 0);
INSERT INTO public.change_slot VALUES (395, 0);
INSERT INTO public.change_slot VALUES (396, 0);
INSERT INTO public.change_slot VALUES (397, 0);
INSERT INTO public.change_slot VALUES (398, 0);
INSERT INTO public.change_slot VALUES (399, 0);
INSERT INTO public.change_slot VALUES (400, 0);
INSERT INTO public.change_slot VALUES (401, 0);
INSERT INTO public.change_slot VALUES (402, 0);
INSERT INTO public.change_slot VALUES (403, 0);
INSERT INTO public.change_slot VALUES (404, 0);
INSERT INTO public.change_slot VALUES (405, 0);
INSERT INTO public.change_slot VALUES (406, 0);
INSERT INTO public.change_slot VALUES (407, 0);
INSERT INTO public.change_slot VALUES (408, 0);
INSERT INTO public.change_slot VALUES (409, 0);
INSERT INTO public.change_slot VALUES (410, 0);
INSERT INTO public.change_slot VALUES (411, 0);
INSERT INTO public.change_slot VALUES (412, 0);
INSERT INTO public.change_slot VALUES (413, 0);
INSERT INTO public.change_slot VALUES (414, 0);
INSERT INTO public.change_slot VALUES (415, 0);
INSERT INTO public.change_slot VALUES (416, 0);
INSERT INTO public.change_slot VALUES (417, 0);
INSERT INTO public.change_slot VALUES (418, 0);
INSERT INTO public.change_slot VALUES (419, 0);
INSERT INTO public.change_slot VALUES (420, 0);
INSERT INTO public.change_slot VALUES (421, 0);
INSERT INTO public.change_slot VALUES (422, 0);
INSERT INTO public.change_slot VALUES (423, 0);
INSERT INTO public.change_slot VALUES (424, 0);
INSERT INTO public.change_slot VALUES (425, 0);
INSERT INTO public.change_slot VALUES (426, 0);
INSERT INTO public.change_slot VALUES (427, 0);
INSERT INTO public.change_slot VALUES (428, 0);
INSERT INTO public.change_slot VALUES (429, 0);
INSERT INTO public.change_slot VALUES (430, 0);
INSERT INTO public.change_slot VALUES (431, 0);
INSERT INTO public.change_slot VALUES (432, 0);
INSERT INTO public.change_slot VALUES (433, 0);
INSERT INTO public.change_slot VALUES (434, 0);
INSERT INTO public.change_slot VALUES (435, 0);
INSERT INTO public.change_slot VALUES (436, 0);
INSERT INTO public.change_slot VALUES (437, 0);
INSERT INTO public.change_slot VALUES (438, 0);
INSERT INTO public.change_slot VALUES (439, 0);
INSERT INTO public.change_slot VALUES (440, 0);
INSERT INTO public.change_slot VALUES (441, 0);
INSERT INTO public.change_slot VALUES (442, 0);
INSERT INTO public.change_slot VALUES (443, 0);
INSERT INTO public.change_slot VALUES (444, 0);
INSERT INTO public.change_slot VALUES (445, 0);
INSERT INTO public.change_slot VALUES (446, 0);
INSERT INTO public.change_slot VALUES (447, 0);
INSERT INTO public.change_slot VALUES (448, 0);
INSERT INTO public.change_slot VALUES (449, 0);
INSERT INTO public.change_slot VALUES (450, 0);
INSERT INTO public.change_slot VALUES (451, 0);
INSERT INTO public.change_slot VALUES (452, 0);
INSERT INTO public.change_slot VALUES (453, 0);
INSERT INTO public.change_slot VALUES (454, 0);
INSERT INTO public.change_slot VALUES (455, 0);
INSERT INTO public.change_slot VALUES (456, 0);
INSERT INTO public.change_slot VALUES (457, 0);
INSERT INTO public.change_slot VALUES (458, 0);
INSERT INTO public.change_slot VALUES (459, 0);
INSERT INTO public.change_slot VALUES (461, 0);
INSERT INTO public.change_slot VALUES (462, 0);
INSERT INTO public.change_slot VALUES (463, 0);
INSERT INTO public.change_slot VALUES (464, 0);
INSERT INTO public.change_slot VALUES (465, 0);
INSERT INTO public.change_slot VALUES (466, 0);
INSERT INTO public.change_slot VALUES (467, 0);
INSERT INTO public.change_slot VALUES (468, 0);
INSERT INTO public.change_slot VALUES (469, 0);
INSERT INTO public.change_slot VALUES (470, 0);
INSERT INTO public.change_slot VALUES (471, 0);
INSERT INTO public.change_slot VALUES (472, 0);
INSERT INTO public.change_slot VALUES (473, 0);
INSERT INTO public.change_slot VALUES (474, 0);
INSERT INTO public.change_slot VALUES (475, 0);
INSERT INTO public.change_slot VALUES (476, 0);
INSERT INTO public.change_slot VALUES (477, 0);
INSERT INTO public.change_slot VALUES (478, 0);
INSERT INTO public.change_slot VALUES (479, 0);
INSERT INTO public.change_slot VALUES (480, 0);
INSERT INTO public.change_slot VALUES (481, 0);
INSERT INTO public.change_slot VALUES (482, 0);
INSERT INTO public.change_slot VALUES (483, 0);
INSERT INTO public.change_slot VALUES (484, 0);
INSERT INTO public.change_slot VALUES (485, 0);
INSERT INTO public.change_slot VALUES (486, 0);
INSERT INTO public.change_slot VALUES (487, 0);
INSERT INTO public.change_slot VALUES (488, 0);
INSERT INTO public.change_slot VALUES (489, 0);
INSERT INTO public.change_slot VALUES (490, 0);
INSERT INTO public.change_slot VALUES (491, 0);
INSERT INTO public.change_slot VALUES (492, 0);
INSERT INTO public.change_slot VALUES (493, 0);
INSERT INTO public.change_slot VALUES (494, 0);
INSERT INTO public.change_slot VALUES (495, 0);
INSERT INTO public.change_slot VALUES (496, 0);
INSERT INTO public.change_slot VALUES (497, 0);
INSERT INTO public.change_slot VALUES (498, 0);
INSERT INTO public.change_slot VALUES (499, 0);
INSERT INTO public.change_slot VALUES (500, 0);
INSERT INTO public.change_slot VALUES (501, 0);
INSERT INTO public.change_slot VALUES (502, 0);
INSERT INTO public.change_slot VALUES (503, 0);
INSERT INTO public.change_slot VALUES (504, 0);
INSERT INTO public.change_slot VALUES (505, 0);
INSERT INTO public.change_slot VALUES (506, 0);
INSERT INTO public.change_slot VALUES (507, 0);
INSERT INTO public.change_slot VALUES (508, 0);
INSERT INTO public.change_slot VALUES (509, 0);
INSERT INTO public.change_slot VALUES (510, 0);
INSERT INTO public.change_slot VALUES (511, 0);
INSERT INTO public.change_slot VALUES (512, 0);
INSERT INTO public.change_slot VALUES (513, 0);
INSERT INTO public.change_slot VALUES (514, 0);
INSERT INTO public.change_slot VALUES (515, 0);
INSERT INTO public.change_slot VALUES (516, 0);
INSERT INTO public.change_slot VALUES (517, 0);
INSERT INTO public.change_slot VALUES (518, 0);
INSERT INTO public.change_slot VALUES (519, 0);
INSERT INTO public.change_slot VALUES (520, 0);
INSERT INTO public.change_slot VALUES (521, 0);
INSERT INTO public.change_slot VALUES (522, 0);
INSERT INTO public.change_slot VALUES (523, 0);
INSERT INTO public.change_slot VALUES (524, 0);
INSERT INTO public.change_slot VALUES (525, 0);
INSERT INTO public.change_slot VALUES (526, 0);
INSERT INTO public.change_slot VALUES (527, 0);
INSERT INTO public.change_slot VALUES (528, 0);
INSERT INTO public.change_slot VALUES (529, 0);
INSERT INTO public.change_slot VALUES (530, 0);
INSERT INTO public.change_slot VALUES (531, 0);
INSERT INTO public.change_slot VALUES (532, 0);
INSERT INTO public.change_slot VALUES (533, 0);
INSERT INTO public.change_slot VALUES (534, 0);
INSERT INTO public.change_slot VALUES (535, 0);
INSERT INTO public.change_slot VALUES (536, 0);
INSERT INTO public.change_slot VALUES (537, 0);
INSERT INTO public.change_slot VALUES (538, 0);
INSERT INTO public.change_slot VALUES (539, 0);
INSERT INTO public.change_slot VALUES (540, 0);
INSERT INTO public.change_slot VALUES (541, 0);
INSERT INTO public.change_slot VALUES (542, 0);
INSERT INTO public.change_slot VALUES (543, 0);
INSERT INTO public.change_slot VALUES (544, 0);
INSERT INTO public.change_slot VALUES (545, 0);
INSERT INTO public.change_slot VALUES (546, 0);
INSERT INTO public.change_slot VALUES (547, 0);
INSERT INTO public.change_slot VALUES (548, 0);
INSERT INTO public.change_slot VALUES (549, 0);
INSERT INTO public.change_slot VALUES (550, 0);
INSERT INTO public.change_slot VALUES (551, 0);
INSERT INTO public.change_slot VALUES (460, 2);
INSERT INTO public.change_slot VALUES (552, 0);
INSERT INTO public.change_slot VALUES (553, 0);
INSERT INTO public.change_slot VALUES (554, 0);
INSERT INTO public.change_slot VALUES (555, 0);
INSERT INTO public.change_slot VALUES (556, 0);
INSERT INTO public.change_slot VALUES (557, 0);
INSERT INTO public.change_slot VALUES (558, 0);
INSERT INTO public.change_slot VALUES (559, 0);
INSERT INTO public.change_slot VALUES (560, 0);
INSERT INTO public.change_slot VALUES (561, 0);
INSERT INTO public.change_slot VALUES (562, 0);
INSERT INTO public.change_slot VALUES (563, 0);
INSERT INTO public.change_slot VALUES (564, 0);
INSERT INTO public.change_slot VALUES (565, 0);
INSERT INTO public.change_slot VALUES (566, 0);
INSERT INTO public.change_slot VALUES (567, 0);
INSERT INTO public.change_slot VALUES (568, 0);
INSERT INTO public.change_slot VALUES (569, 0);
INSERT INTO public.change_slot VALUES (570, 0);
INSERT INTO public.change_slot VALUES (571, 0);
INSERT INTO public.change_slot VALUES (572, 0);
INSERT INTO public.change_slot VALUES (573, 0);
INSERT INTO public.change_slot VALUES (574, 0);
INSERT INTO public.change_slot VALUES (575, 0);
INSERT INTO public.change_slot VALUES (576, 0);
INSERT INTO public.change_slot VALUES (577, 0);
INSERT INTO public.change_slot VALUES (578, 0);
INSERT INTO public.change_slot VALUES (579, 0);
INSERT INTO public.change_slot VALUES (580, 0);
INSERT INTO public.change_slot VALUES (581, 0);
INSERT INTO public.change_slot VALUES (582, 0);
INSERT INTO public.change_slot VALUES (583, 0);
INSERT INTO public.change_slot VALUES (584, 0);
INSERT INTO public.change_slot VALUES (585, 0);
INSERT INTO public.change_slot VALUES (586, 0);
INSERT INTO public.change_slot VALUES (587, 0);
INSERT INTO public.change_slot VALUES (588, 0);
INSERT INTO public.change_slot VALUES (589, 0);
INSERT INTO public.change_slot VALUES (590, 0);
INSERT INTO public.change_slot VALUES (591, 0);
INSERT INTO public.change_slot VALUES (592, 0);
INSERT INTO public.change_slot VALUES (593, 0);
INSERT INTO public.change_slot VALUES (594, 0);
INSERT INTO public.change_slot VALUES (595, 0);
INSERT INTO public.change_slot VALUES (596, 0);
INSERT INTO public.change_slot VALUES (597, 0);
INSERT INTO public.change_slot VALUES (598, 0);
INSERT INTO public.change_slot VALUES (599, 0);
INSERT INTO public.change_slot VALUES (600, 0);
INSERT INTO public.change_slot VALUES (601, 0);
INSERT INTO public.change_slot VALUES (602, 0);
INSERT INTO public.change_slot VALUES (603, 0);
INSERT INTO public.change_slot VALUES (604, 0);
INSERT INTO public.change_slot VALUES (605, 0);
INSERT INTO public.change_slot VALUES (606, 0);
INSERT INTO public.change_slot VALUES (607, 0);
INSERT INTO public.change_slot VALUES (608, 0);
INSERT INTO public.change_slot VALUES (609, 0);
INSERT INTO public.change_slot VALUES (610, 0);
INSERT INTO public.change_slot VALUES (611, 0);
INSERT INTO public.change_slot VALUES (612, 0);
INSERT INTO public.change_slot VALUES (613, 0);
INSERT INTO public.change_slot VALUES (614, 0);
INSERT INTO public.change_slot VALUES (615, 0);
INSERT INTO public.change_slot VALUES (616, 0);
INSERT INTO public.change_slot VALUES (617, 0);
INSERT INTO public.change_slot VALUES (618, 0);
INSERT INTO public.change_slot VALUES (619, 0);
INSERT INTO public.change_slot VALUES (620, 0);
INSERT INTO public.change_slot VALUES (621, 0);
INSERT INTO public.change_slot VALUES (622, 0);
INSERT INTO public.change_slot VALUES (623, 0);
INSERT INTO public.change_slot VALUES (625, 0);
INSERT INTO public.change_slot VALUES (626, 0);
INSERT INTO public.change_slot VALUES (627, 0);
INSERT INTO public.change_slot VALUES (628, 0);
INSERT INTO public.change_slot VALUES (629, 0);
INSERT INTO public.change_slot VALUES (630, 0);
INSERT INTO public.change_slot VALUES (631, 0);
INSERT INTO public.change_slot VALUES (632, 0);
INSERT INTO public.change_slot VALUES (633, 0);
INSERT INTO public.change_slot VALUES (634, 0);
INSERT INTO public.change_slot VALUES (635, 0);
INSERT INTO public.change_slot VALUES (636, 0);
INSERT INTO public.change_slot VALUES (637, 0);
INSERT INTO public.change_slot VALUES (638, 0);
INSERT INTO public.change_slot VALUES (639, 0);
INSERT INTO public.change_slot VALUES (640, 0);
INSERT INTO public.change_slot VALUES (641, 0);
INSERT INTO public.change_slot VALUES (642, 0);
INSERT INTO public.change_slot VALUES (643, 0);
INSERT INTO public.change_slot VALUES (624, 3);
INSERT INTO public.change_slot VALUES (644, 0);
INSERT INTO public.change_slot VALUES (645, 0);
INSERT INTO public.change_slot VALUES (646, 0);
INSERT INTO public.change_slot VALUES (647, 0);
INSERT INTO public.change_slot VALUES (648, 0);
INSERT INTO public.change_slot VALUES (649, 0);
INSERT INTO public.change_slot VALUES (650, 0);
INSERT INTO public.change_slot VALUES (651, 0);
INSERT INTO public.change_slot VALUES (652, 0);
INSERT INTO public.change_slot VALUES (653, 0);
INSERT INTO public.change_slot VALUES (654, 0);
INSERT INTO public.change_slot VALUES (655, 0);
INSERT INTO public.change_slot VALUES (656, 0);
INSERT INTO public.change_slot VALUES (657, 0);
INSERT INTO public.change_slot VALUES (658, 0);
INSERT INTO public.change_slot VALUES (659, 0);
INSERT INTO public.change_slot VALUES (660, 0);
INSERT INTO public.change_slot VALUES (661, 0);
INSERT INTO public.change_slot VALUES (662, 0);
INSERT INTO public.change_slot VALUES (663, 0);
INSERT INTO public.change_slot VALUES (664, 0);
INSERT INTO public.change_slot VALUES (665, 0);
INSERT INTO public.change_slot VALUES (666, 0);
INSERT INTO public.change_slot VALUES (667, 0);
INSERT INTO public.change_slot VALUES (668, 0);
INSERT INTO public.change_slot VALUES (669, 0);
INSERT INTO public.change_slot VALUES (670, 0);
INSERT INTO public.change_slot VALUES (671, 0);
INSERT INTO public.change_slot VALUES (672, 0);
INSERT INTO public.change_slot VALUES (673, 0);
INSERT INTO public.change_slot VALUES (674, 0);
INSERT INTO public.change_slot VALUES (675, 0);
INSERT INTO public.change_slot VALUES (676, 0);
INSERT INTO public.change_slot VALUES (677, 0);
INSERT INTO public.change_slot VALUES (678, 0);
INSERT INTO public.change_slot VALUES (679, 0);
INSERT INTO public.change_slot VALUES (680, 0);
INSERT INTO public.change_slot VALUES (681, 0);
INSERT INTO public.change_slot VALUES (682, 0);
INSERT INTO public.change_slot VALUES (683, 0);
INSERT INTO public.change_slot VALUES (684, 0);
INSERT INTO public.change_slot VALUES (685, 0);
INSERT INTO public.change_slot VALUES (686, 0);
INSERT INTO public.change_slot VALUES (687, 0);
INSERT INTO public.change_slot VALUES (688, 0);
INSERT INTO public.change_slot VALUES (689, 0);
INSERT INTO public.change_slot VALUES (690, 0);
INSERT INTO public.change_slot VALUES (691, 0);
INSERT INTO public.change_slot VALUES (692, 0);
INSERT INTO public.change_slot VALUES (693, 0);
INSERT INTO public.change_slot VALUES (694, 0);
INSERT INTO public.change_slot VALUES (695, 0);
INSERT INTO public.change_slot VALUES (696, 0);
INSERT INTO public.change_slot VALUES (697, 0);
INSERT INTO public.change_slot VALUES (698, 0);
INSERT INTO public.change_slot VALUES (699, 0);
INSERT INTO public.change_slot VALUES (700, 0);
INSERT INTO public.change_slot VALUES (701, 0);
INSERT INTO public.change_slot VALUES (702, 0);
INSERT INTO public.change_slot VALUES (703, 0);
INSERT INTO public.change_slot VALUES (704, 0);
INSERT INTO public.change_slot VALUES (705, 0);
INSERT INTO public.change_slot VALUES (706, 0);
INSERT INTO public.change_slot VALUES (707, 0);
INSERT INTO public.change_slot VALUES (708, 0);
INSERT INTO public.change_slot VALUES (709, 0);
INSERT INTO public.change_slot VALUES (710, 0);
INSERT INTO public.change_slot VALUES (711, 0);
INSERT INTO public.change_slot VALUES (712, 0);
INSERT INTO public.change_slot VALUES (713, 0);
INSERT INTO public.change_slot VALUES (714, 0);
INSERT INTO public.change_slot VALUES (715, 0);
INSERT INTO public.change_slot VALUES (716, 0);
INSERT INTO public.change_slot VALUES (717, 0);
INSERT INTO public.change_slot VALUES (718, 0);
INSERT INTO public.change_slot VALUES (719, 0);
INSERT INTO public.change_slot VALUES (720, 0);
INSERT INTO public.change_slot VALUES (721, 0);
INSERT INTO public.change_slot VALUES (722, 0);
INSERT INTO public.change_slot VALUES (723, 0);
INSERT INTO public.change_slot VALUES (724, 0);
INSERT INTO public.change_slot VALUES (725, 0);
INSERT INTO public.change_slot VALUES (726, 0);
INSERT INTO public.change_slot VALUES (727, 0);
INSERT INTO public.change_slot VALUES (728, 0);
INSERT INTO public.change_slot VALUES (729, 0);
INSERT INTO public.change_slot VALUES (730, 0);
INSERT INTO public.change_slot VALUES (731, 0);
INSERT INTO public.change_slot VALUES (732, 0);
INSERT INTO public.change_slot VALUES (733, 0);
INSERT INTO public.change_slot VALUES (734, 0);
INSERT INTO public.change_slot VALUES (735, 0);
INSERT INTO public.change_slot VALUES (736, 0);
INSERT INTO public.change_slot VALUES (737, 0);
INSERT INTO public.change_slot VALUES (738, 0);
INSERT INTO public.change_slot VALUES (739, 0);
INSERT INTO public.change_slot VALUES (740, 0);
INSERT INTO public.change_slot VALUES (741, 0);
INSERT INTO public.change_slot VALUES (742, 0);
INSERT INTO public.change_slot VALUES (743, 0);
INSERT INTO public.change_slot VALUES (744, 0);
INSERT INTO public.change_slot VALUES (745, 0);
INSERT INTO public.change_slot VALUES (746, 0);
INSERT INTO public.change_slot VALUES (747, 0);
INSERT INTO public.change_slot VALUES (748, 0);
INSERT INTO public.change_slot VALUES (749, 0);
INSERT INTO public.change_slot VALUES (750, 0);
INSERT INTO public.change_slot VALUES (751, 0);
INSERT INTO public.change_slot VALUES (752, 0);
INSERT INTO public.change_slot VALUES (753, 0);
INSERT INTO public.change_slot VALUES (754, 0);
INSERT INTO public.change_slot VALUES (755, 0);
INSERT INTO public.change_slot VALUES (756, 0);
INSERT INTO public.change_slot VALUES (757, 0);
INSERT INTO public.change_slot VALUES (758, 0);
INSERT INTO public.change_slot VALUES (759, 0);
INSERT INTO public.change_slot VALUES (760, 0);
INSERT INTO public.change_slot VALUES (761, 0);
INSERT INTO public.change_slot VALUES (762, 0);
INSERT INTO public.change_slot VALUES (763, 0);
INSERT INTO public.change_slot VALUES (764, 0);
INSERT INTO public.change_slot VALUES (765, 0);
INSERT INTO public.change_slot VALUES (766, 0);
INSERT INTO public.change_slot VALUES (767, 0);
INSERT INTO public.change_slot VALUES (768, 0);
INSERT INTO public.change_slot VALUES (769, 0);
INSERT INTO public.change_slot VALUES (770, 0);
INSERT INTO public.change_slot VALUES (771, 0);
INSERT INTO public.change_slot VALUES (772, 0);
INSERT INTO public.change_slot VALUES (773, 0);
INSERT INTO public.change_slot VALUES (774, 0);
INSERT INTO public.change_slot VALUES (775, 0);
INSERT INTO public.change_slot VALUES (776, 0);
INSERT INTO public.change_slot VALUES (777, 0);
INSERT INTO public.change_slot VALUES (778, 0);
INSERT INTO public.change_slot VALUES (779, 0);
INSERT INTO public.change_slot VALUES (780, 0);
INSERT INTO public.change_slot VALUES (781, 0);
INSERT INTO public.change_slot VALUES (782, 0);
INSERT INTO public.change_slot VALUES (783, 0);
INSERT INTO public.change_slot VALUES (784, 0);
INSERT INTO public.change_slot VALUES (785, 0);
INSERT INTO public.change_slot VALUES (786, 0);
INSERT INTO public.change_slot VALUES (787, 0);
INSERT INTO public.change_slot VALUES (788, 0);
INSERT INTO public.change_slot VALUES (789, 0);
INSERT INTO public.change_slot VALUES (790, 0);
INSERT INTO public.change_slot VALUES (791, 0);
INSERT INTO public.change_slot VALUES (792, 0);
INSERT INTO public.change_slot VALUES (793, 0);
INSERT INTO public.change_slot VALUES (794, 0);
INSERT INTO public.change_slot VALUES (795, 0);
INSERT INTO public.change_slot VALUES (796, 0);
INSERT INTO public.change_slot VALUES (797, 0);
INSERT INTO public.change_slot VALUES (798, 0);
INSERT INTO public.change_slot VALUES (799, 0);
INSERT INTO public.change_slot VALUES (800, 0);
INSERT INTO public.change_slot VALUES (801, 0);
INSERT INTO public.change_slot VALUES (802, 0);
INSERT INTO public.change_slot VALUES (803, 0);
INSERT INTO public.change_slot VALUES (804, 0);
INSERT INTO public.change_slot VALUES (805, 0);
INSERT INTO public.change_slot VALUES (806, 0);
INSERT INTO public.change_slot VALUES (807, 0);
INSERT INTO public.change_slot VALUES (808, 0);
INSERT INTO public.change_slot VALUES (809, 0);
INSERT INTO public.change_slot VALUES (810, 0);
INSERT INTO public.change_slot VALUES (811, 0);
INSERT INTO public.change_slot VALUES (812, 0);
INSERT INTO public.change_slot VALUES (813, 0);
INSERT INTO public.change_slot VALUES (814, 0);
INSERT INTO public.change_slot VALUES (815, 0);
INSERT INTO public.change_slot VALUES (816, 0);
INSERT INTO public.change_slot VALUES (817, 0);
INSERT INTO public.change_slot VALUES (818, 0);
INSERT INTO public.change_slot VALUES (819, 0);
INSERT INTO public.change_slot VALUES (820, 0);
INSERT INTO public.change_slot VALUES (821, 0);
INSERT INTO public.change_slot VALUES (822, 0);
INSERT INTO public.change_slot VALUES (823, 0);
INSERT INTO public.change_slot VALUES (824, 0);
INSERT INTO public.change_slot VALUES (825, 0);
INSERT INTO public.change_slot VALUES (826, 0);
INSERT INTO public.change_slot VALUES (827, 0);
INSERT INTO public.change_slot VALUES (828, 0);
INSERT INTO public.change_slot VALUES (829, 0);
INSERT INTO public.change_slot VALUES (830, 0);
INSERT INTO public.change_slot VALUES (831, 0);
INSERT INTO public.change_slot VALUES (832, 0);
INSERT INTO public.change_slot VALUES (833, 0);
INSERT INTO public.change_slot VALUES (834, 0);
INSERT INTO public.change_slot VALUES (835, 0);
INSERT INTO public.change_slot VALUES (836, 0);
INSERT INTO public.change_slot VALUES (837, 0);
INSERT INTO public.change_slot VALUES (838, 0);
INSERT INTO public.change_slot VALUES (839, 0);
INSERT INTO public.change_slot VALUES (840, 0);
INSERT INTO public.change_slot VALUES (841, 0);
INSERT INTO public.change_slot VALUES (842, 0);
INSERT INTO public.change_slot VALUES (843, 0);
INSERT INTO public.change_slot VALUES (844, 0);
INSERT INTO public.change_slot VALUES (845, 0);
INSERT INTO public.change_slot VALUES (846, 0);
INSERT INTO public.change_slot VALUES (847, 0);
INSERT INTO public.change_slot VALUES (848, 0);
INSERT INTO public.change_slot VALUES (849, 0);
INSERT INTO public.change_slot VALUES (850, 0);
INSERT INTO public.change_slot VALUES (851, 0);
INSERT INTO public.change_slot VALUES (852, 0);
INSERT INTO public.change_slot VALUES (853, 0);
INSERT INTO public.change_slot VALUES (854, 0);
INSERT INTO public.change_slot VALUES (855, 0);
INSERT INTO public.change_slot VALUES (856, 0);
INSERT INTO public.change_slot VALUES (857, 0);
INSERT INTO public.change_slot VALUES (858, 0);
INSERT INTO public.change_slot VALUES (859, 0);
INSERT INTO public.change_slot VALUES (860, 0);
INSERT INTO public.change_slot VALUES (861, 0);
INSERT INTO public.change_slot VALUES (862, 0);
INSERT INTO public.change_slot VALUES (863, 0);
INSERT INTO public.change_slot VALUES (864, 0);
INSERT INTO public.change_slot VALUES (865, 0);
INSERT INTO public.change_slot VALUES (866, 0);
INSERT INTO public.change_slot VALUES (867, 0);
INSERT INTO public.change_slot VALUES (868, 0);
INSERT INTO public.change_slot VALUES (869, 0);
INSERT INTO public.change_slot VALUES (870, 0);
INSERT INTO public.change_slot VALUES (871, 0);
INSERT INTO public.change_slot VALUES (872, 0);
INSERT INTO public.change_slot VALUES (873, 0);
INSERT INTO public.change_slot VALUES (874, 0);
INSERT INTO public.change_slot VALUES (875, 0);
INSERT INTO public.change_slot VALUES (876, 0);
INSERT INTO public.change_slot VALUES (877, 0);
INSERT INTO public.change_slot VALUES (878, 0);
INSERT INTO public.change_slot VALUES (879, 0);
INSERT INTO public.change_slot VALUES (880, 0);
INSERT INTO public.change_slot VALUES (881, 0);
INSERT INTO public.change_slot VALUES (882, 0);
INSERT INTO public.change_slot VALUES (883, 0);
INSERT INTO public.change_slot VALUES (884, 0);
INSERT INTO public.change_slot VALUES (885, 0);
INSERT INTO public.change_slot VALUES (886, 0);
INSERT INTO public.change_slot VALUES (887, 0);
INSERT INTO public.change_slot VALUES (888, 0);
INSERT INTO public.change_slot VALUES (889, 0);
INSERT INTO public.change_slot VALUES (890, 0);
INSERT INTO public.change_slot VALUES (891, 0);
INSERT INTO public.change_slot VALUES (892, 0);
INSERT INTO public.change_slot VALUES (893, 0);
INSERT INTO public.change_slot VALUES (894, 0);
INSERT INTO public.change_slot VALUES (895, 0);
INSERT INTO public.change_slot VALUES (896, 0);
INSERT INTO public.change_slot VALUES (897, 0);
INSERT INTO public.change_slot VALUES (898, 0);
INSERT INTO public.change_slot VALUES (899, 0);
INSERT INTO public.change_slot VALUES (900, 0);
INSERT INTO public.change_slot VALUES (901, 0);
INSERT INTO public.change_slot VALUES (902, 0);
INSERT INTO public.change_slot VALUES (903, 0);
INSERT INTO public.change_slot VALUES (904, 0);
INSERT INTO public.change_slot VALUES (905, 0);
INSERT INTO public.change_slot VALUES (906, 0);
INSERT INTO public.change_slot VALUES (907, 0);
INSERT INTO public.change_slot VALUES (908, 0);
INSERT INTO public.change_slot VALUES (909, 0);
INSERT INTO public.change_slot VALUES (910, 0);
INSERT INTO public.change_slot VALUES (911, 0);
INSERT INTO public.change_slot VALUES (912, 0);
INSERT INTO public.change_slot VALUES (913, 0);
INSERT INTO public.change_slot VALUES (914, 0);
INSERT INTO public.change_slot VALUES (915, 0);
INSERT INTO public.change_slot VALUES (916, 0);
INSERT INTO public.change_slot VALUES (917, 0);
INSERT INTO public.change_slot VALUES (918, 0);
INSERT INTO public.change_slot VALUES (919, 0);
INSERT INTO public.change_slot VALUES (920, 0);
INSERT INTO public.change_slot VALUES (922, 0);
INSERT INTO public.change_slot VALUES (923, 0);
INSERT INTO public.change_slot VALUES (924, 0);
INSERT INTO public.change_slot VALUES (925, 0);
INSERT INTO public.change_slot VALUES (926, 0);
INSERT INTO public.change_slot VALUES (927, 0);
INSERT INTO public.change_slot VALUES (928, 0);
INSERT INTO public.change_slot VALUES (929, 0);
INSERT INTO public.change_slot VALUES (930, 0);
INSERT INTO public.change_slot VALUES (931, 0);
INSERT INTO public.change_slot VALUES (932, 0);
INSERT INTO public.change_slot VALUES (933, 0);
INSERT INTO public.change_slot VALUES (934, 0);
INSERT INTO public.change_slot VALUES (935, 0);
INSERT INTO public.change_slot VALUES (936, 0);
INSERT INTO public.change_slot VALUES (937, 0);
INSERT INTO public.change_slot VALUES (938, 0);
INSERT INTO public.change_slot VALUES (939, 0);
INSERT INTO public.change_slot VALUES (940, 0);
INSERT INTO public.change_slot VALUES (941, 0);
INSERT INTO public.change_slot VALUES (942, 0);
INSERT INTO public.change_slot VALUES (943, 0);
INSERT INTO public.change_slot VALUES (944, 0);
INSERT INTO public.change_slot VALUES (945, 0);
INSERT INTO public.change_slot VALUES (946, 0);
INSERT INTO public.change_slot VALUES (947, 0);
INSERT INTO public.change_slot VALUES (948, 0);
INSERT INTO public.change_slot VALUES (949, 0);
INSERT INTO public.change_slot VALUES (950, 0);
INSERT INTO public.change_slot VALUES (951, 0);
INSERT INTO public.change_slot VALUES (952, 0);
INSERT INTO public.change_slot VALUES (953, 0);
INSERT INTO public.change_slot VALUES (954, 0);
INSERT INTO public.change_slot VALUES (955, 0);
INSERT INTO public.change_slot VALUES (956, 0);
INSERT INTO public.change_slot VALUES (957, 0);
INSERT INTO public.change_slot VALUES (958, 0);
INSERT INTO public.change_slot VALUES (959, 0);
INSERT INTO public.change_slot VALUES (960, 0);
INSERT INTO public.change_slot VALUES (961, 0);
INSERT INTO public.change_slot VALUES (962, 0);
INSERT INTO public.change_slot VALUES (963, 0);
INSERT INTO public.change_slot VALUES (964, 0);
INSERT INTO public.change_slot VALUES (965, 0);
INSERT INTO public.change_slot VALUES (966, 0);
INSERT INTO public.change_slot VALUES (967, 0);
INSERT INTO public.change_slot VALUES (968, 0);
INSERT INTO public.change_slot VALUES (969, 0);
INSERT INTO public.change_slot VALUES (970, 0);
INSERT INTO public.change_slot VALUES (971, 0);
INSERT INTO public.change_slot VALUES (972, 0);
INSERT INTO public.change_slot VALUES (973, 0);
INSERT INTO public.change_slot VALUES (974, 0);
INSERT INTO public.change_slot VALUES (975, 0);
INSERT INTO public.change_slot VALUES (976, 0);
INSERT INTO public.change_slot VALUES (977, 0);
INSERT INTO public.change_slot VALUES (978, 0);
INSERT INTO public.change_slot VALUES (979, 0);
INSERT INTO public.change_slot VALUES (980, 0);
INSERT INTO public.change_slot VALUES (981, 0);
INSERT INTO public.change_slot VALUES (982, 0);
INSERT INTO public.change_slot VALUES (983, 0);
INSERT INTO public.change_slot VALUES (984, 0);
INSERT INTO public.change_slot VALUES (985, 0);
INSERT INTO public.change_slot VALUES (986, 0);
INSERT INTO public.change_slot VALUES (987, 0);
INSERT INTO public.change_slot VALUES (988, 0);
INSERT INTO public.change_slot VALUES (989, 0);
INSERT INTO public.change_slot VALUES (990, 0);
INSERT INTO public.change_slot VALUES (991, 0);
INSERT INTO public.change_slot VALUES (992, 0);
INSERT INTO public.change_slot VALUES (993, 0);
INSERT INTO public.change_slot VALUES (994, 0);
INSERT INTO public.change_slot VALUES (995, 0);
INSERT INTO public.change_slot VALUES (996, 0);
INSERT INTO public.change_slot VALUES (997, 0);
INSERT INTO public.change_slot VALUES (998, 0);
INSERT INTO public.change_slot VALUES (999, 0);
INSERT INTO public.change_slot VALUES (1000, 0);
INSERT INTO public.change_slot VALUES (1001, 0);
INSERT INTO public.change_slot VALUES (1002, 0);
INSERT INTO public.change_slot VALUES (1003, 0);
INSERT INTO public.change_slot VALUES (1004, 0);
INSERT INTO public.change_slot VALUES (1005, 0);
INSERT INTO public.change_slot VALUES (1006, 0);
INSERT INTO public.change_slot VALUES (1007, 0);
INSERT INTO public.change_slot VALUES (1008, 0);
INSERT INTO public.change_slot VALUES (1009, 0);
INSERT INTO public.change_slot VALUES (1010, 0);
INSERT INTO public.change_slot VALUES (1011, 0);
INSERT INTO public.change_slot VALUES (921, 1);
INSERT INTO public.change_slot VALUES (1012, 0);
INSERT INTO public.change_slot VALUES (1013, 0);
INSERT INTO public.change_slot VALUES (1014, 0);
INSERT INTO public.change_slot VALUES (1015, 0);
INSERT INTO public.change_slot VALUES (1016, 0);
INSERT INTO public.change_slot VALUES (1017, 0);
INSERT INTO public.change_slot VALUES (1018, 0);
INSERT INTO public.change_slot VALUES (1019, 0);
INSERT INTO public.change_slot VALUES (1020, 0);
INSERT INTO public.change_slot VALUES (1021, 0);
INSERT INTO public.change_slot VALUES (1022, 0);
INSERT INTO public.change_slot VALUES (1023, 0);


--
-- Data for Name: key_incarnation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.key_incarnation VALUES (-8599629398087898699, 'a', NULL, '\x4fb1d3e212c976da327580ea34cb3ffe', '\x74c4c8482682324ef1b3e4cafa601c024c7b7e66b382ab34f447e51931db713fabc884b3bd42b3d17cba4a3f50f0b5f5b88d8bbea3758103ef1ad36e54a55bf4bb265ce7755c6a1a3c10f39c7ee7aeb003d49a1750fa3c89a7ae9b2fde7d3aaca5e306a99694c66284d0262d895551994464e1e48883705899e5bac7643767afa050ee6cea8209502505aad4dfcb34852690e254d7a724a9a467927b7121842c9c22c5681451d7414cbd17bfe610f1064ffa108abbe3d211e0e7fc9e');
INSERT INTO public.key_incarnation VALUES (-1227894191921527879, 'ключ/ü', NULL, '\x4fb1d3e212c976da327580ea34cb3ffe', '\xa5092d31c2850386c093a00e72df1a4d095a458a9ff834c83cf433900a2fef94a4c6d0c78b365fb912ca14ffe27693339f67aa345f60ec85e7e9349d2d244841e3fd3de0a6791ae5d3681256e3bfd19181560870dd3de761caf13e8cbac6274df0249cb018d29e8f53e21c885f5c671c8274df52c0565723dc4152443998c0886179c51b8ea847b55fe1c038f2d51285');
INSERT INTO public.key_incarnation VALUES (3556701526426768391, 'gone', 1, '\x4fb1d3e212c976da327580ea34cb3ffe', '\xced011d2f8a25cfed1855aea95937e93daf9b768550de3c2edea82bfb1eeeb76df72ed34a2fc6d17a20db42592837f446dce633c9b31bff8b0e01fd662a86b4c46f262c099a66563d3bf2cf58aac4bd158c80d18089e0c882a9cfacbf33acbeccea85cafd48bc7899e1e59ae2faee75dd3077b00787a8218edbc93b93f4503df4da2e81a395db471a5');
INSERT INTO public.key_incarnation VALUES (-11590834299502083, 'again', 2, '\x4fb1d3e212c976da327580ea34cb3ffe', '\x74384e4364c9349964704199abff04e5f7131ef7ec09551ac5247e86213fe7cc0a884b8a5545313b7eefafc519c457b8604ba2ced222f6d1a3ace2e1fd1d2f95507470ecd5a3bcdbf7cfc222ffd7f3273e2c7ddea33bf5e31e4e86c78d43638b5580a643fa34056b6343be7b12783f4c8e74ba3971da69e39f0403c444a958d1fd703f7bae81e1fb383d');
INSERT INTO public.key_incarnation VALUES (-4179283582851936819, 'again', NULL, '\x4fb1d3e212c976da327580ea34cb3ffe', '\x655c498be2e556f81bc63695aae058c6f930c25b44938858de8c184d05067993217aec29ef029e6852277e57add1ce205ad7c78cfc93276d6132792c7e5c86ecd98c7f212343e7217c07b976d6ab0c30b520c05d6d9356d6a046e1eec466c0088b31f0fe92a4b742ebcff21ae14b25a01a53d9a60b2d811b18dcbaf977adabfeaae5611e73035e51f3a5');


--
-- Data for Name: key_name; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.key_name VALUES ('a', 2, '\x4fb1d3e212c976da327580ea34cb3ffe', '\x361afe0ab76bbbfb05b79d393ad798cf0f9c1d4652553ca3b470313f');
INSERT INTO public.key_name VALUES ('ключ/ü', 1, '\x4fb1d3e212c976da327580ea34cb3ffe', '\xe96efe50fb4578664c58de0370ad9ab95e155ade486fa6f676d12aed');
INSERT INTO public.key_name VALUES ('gone', 1, '\x4fb1d3e212c976da327580ea34cb3ffe', '\xcaf8fabe63a22ca6ece8a21cba4e1f53d7408bb007242d28077dc9d2');
INSERT INTO public.key_name VALUES ('again', 2, '\x4fb1d3e212c976da327580ea34cb3ffe', '\x9cc87caa5ccd1ee53abf3eb292b294a184c9f4c3e498dad5d2dd4ec4');


--
-- Data for Name: key_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.key_version VALUES ('a@0', -8599629398087898699, 0, 1795320442602, '\x4fb1d3e212c976da327580ea34cb3ffe', '\x3c2de22572361532f6942a51ebed2dd46dce3a67004610d364145a9eebc79ba8ceb2e0ca240483b1581c9c24');
INSERT INTO public.key_version VALUES ('a@1', -8599629398087898699, 1, 1795320442613, '\x4fb1d3e212c976da327580ea34cb3ffe', '\x1aa8c9f4ce7e1bb913a00646b1495c2cdb1b73ea089cea1a6889769860d6f732bdf0ad1d9fd2aade67e5b29c');
INSERT INTO public.key_version VALUES ('ключ/ü@0', -1227894191921527879, 0, 1795320442618, '\x4fb1d3e212c976da327580ea34cb3ffe', '\x7c1fb3bb0b2549677bf9791c88a0aa07ae393e5834a73b51b36c5d7c8741c6a6c47d229cc12d484f1cfa4dbb');
INSERT INTO public.key_version VALUES ('gone@0', 3556701526426768391, 0, 1795320442622, '\x4fb1d3e212c976da327580ea34cb3ffe', '\x7281cf03c8da21d4f791f4e06d7c8b33f87023f56875bae811bef7edf73b69076d819499f4e8251f474f8238');
INSERT INTO public.key_version VALUES ('again@0', -11590834299502083, 0, 1795320442633, '\x4fb1d3e212c976da327580ea34cb3ffe', '\x7636185c0e8f738795ba4cd5fa2207c1c5b575bb8bafdeb56701bd79ab8bea17512a5e0c61f976878b20dd0e');
INSERT INTO public.key_version VALUES ('again@1', -4179283582851936819, 1, 1795320442637, '\x4fb1d3e212c976da327580ea34cb3ffe', '\xd50adf5ba85711399dc6c6912296540a71c968f5f7decfc115461c1b6da0d76b5e497d66c40ca2a52e6ee738');


--
-- Data for Name: sequence; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sequence VALUES ('deleted.order', 2);
INSERT INTO public.sequence VALUES ('state.revision', 1);


--
-- Data for Name: state_record; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.state_record VALUES ('test', 'one', 1, NULL, '\x4fb1d3e212c976da327580ea34cb3ffe', '\xbed61da14d7a7a797596457df4b62b9b188885ad1521032083eaf5808911adb29393');


--
-- Data for Name: store; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.store VALUES (1, 1, '\x96f02a46bedb804e911c9dc5f5ec8396', 1795320442557);


--
-- Data for Name: store_key; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.store_key VALUES ('\x4fb1d3e212c976da327580ea34cb3ffe', 1795320442560, '\xa5c2078d7a81e21937f2d76ed5cf61bdfa9c648456df156d8451b0ec2f7d51a2e560006dfe146c03c50d9c4a9ec435330d283e369c8b5ea5baa4');


--
-- Name: change_slot change_slot_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.change_slot
    ADD CONSTRAINT change_slot_pkey PRIMARY KEY (slot);


--
-- Name: key_incarnation key_incarnation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_incarnation
    ADD CONSTRAINT key_incarnation_pkey PRIMARY KEY (incarnation);


--
-- Name: key_name key_name_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_name
    ADD CONSTRAINT key_name_pkey PRIMARY KEY (name);


--
-- Name: key_version key_version_incarnation_number_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_version
    ADD CONSTRAINT key_version_incarnation_number_key UNIQUE (incarnation, number);


--
-- Name: key_version key_version_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_version
    ADD CONSTRAINT key_version_pkey PRIMARY KEY (name);


--
-- Name: sequence sequence_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sequence
    ADD CONSTRAINT sequence_pkey PRIMARY KEY (name);


--
-- Name: state_record state_record_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.state_record
    ADD CONSTRAINT state_record_pkey PRIMARY KEY (kind, id);


--
-- Name: store_key store_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.store_key
    ADD CONSTRAINT store_key_pkey PRIMARY KEY (store_key_id);


--
-- Name: store store_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.store
    ADD CONSTRAINT store_pkey PRIMARY KEY (id);


--
-- Name: key_deleted; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX key_deleted ON public.key_incarnation USING btree (deleted_order, name) WHERE (deleted_order IS NOT NULL);


--
-- Name: key_in_use; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX key_in_use ON public.key_incarnation USING btree (name) WHERE (deleted_order IS NULL);


--
-- Name: state_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX state_expiry ON public.state_record USING btree (kind, expires_ms) WHERE (expires_ms IS NOT NULL);


--
-- Name: key_incarnation key_incarnation_name_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_incarnation
    ADD CONSTRAINT key_incarnation_name_fkey FOREIGN KEY (name) REFERENCES public.key_name(name);


--
-- Name: key_version key_version_incarnation_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_version
    ADD CONSTRAINT key_version_incarnation_fkey FOREIGN KEY (incarnation) REFERENCES public.key_incarnation(incarnation);


--
-- PostgreSQL database dump complete
--

\unrestrict r99SF1dORz64pjgUx10Yroi3UFsBtp3jn10h4aZ13Todsx1cG6679XVsiRDHTqH

